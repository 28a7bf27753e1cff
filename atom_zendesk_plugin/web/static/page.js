// The page is complete without this script; it only keeps the state and the forms fresh, and offers to copy snippets.
const live = document.querySelector("[data-live]");
const every = 30_000;

async function refresh() {
  try {
    const answer = await fetch(live.dataset.live, { headers: { Accept: "application/json" } });
    const report = await answer.json();
    const status = String(report.status ?? "unknown");
    live.querySelector("[data-live-status]").textContent = status;
    live.querySelector("[data-live-message]").textContent = String(report.message ?? "");
    live.querySelector("[data-live-time]").textContent = new Date().toLocaleTimeString();
    live.className = `hero ${{ healthy: "good", degraded: "fair" }[status] ?? "bad"}`;
  } catch {
    live.querySelector("[data-live-message]").textContent = "The host did not answer just now.";
  }
}

if (live) {
  setInterval(() => { if (!document.hidden) refresh(); }, every);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
