// Says that something is new, where another window or the clock changed the practice. It changes nothing by itself.
const shown = document.body.dataset.state;
const news = document.getElementById("news");
async function look() {
  try {
    const answer = await fetch("/practice/version");
    if ((await answer.json()).version !== shown && news && !news.firstChild) {
      const link = document.createElement("a");
      link.href = location.pathname + "#newest";
      link.textContent = "Show what is new";
      link.addEventListener("click", (event) => { event.preventDefault(); location.reload(); });
      news.append("Something has changed. ", link);
    }
  } catch { /* the practice has ended */ }
}
if (news) setInterval(look, 2000);

// While the clock moves, shows how far it is; leads back when it is there.
const bar = document.querySelector("progress");
async function follow() {
  try {
    const { moving } = await (await fetch("/practice/version")).json();
    if (moving === null) location.replace(bar.dataset.back);
    else bar.value = moving;
  } catch { /* the practice has ended */ }
}
if (bar) setInterval(follow, 1000);
