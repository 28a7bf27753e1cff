"""What loading and common tasks cost. Run by ``script/bench``; the long loops by ``script/campaign``."""
