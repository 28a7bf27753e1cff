"""How records look in answers: one shape that serves ATOM's older API and its pages alike."""
