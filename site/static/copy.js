// Buttons that copy a text of the page. They are hidden until this runs; the text can be selected without them.

const SHOWN = 5000;

// Where the browser lets no script write to the clipboard, as on pages without TLS, the text is selected first.
async function copy(source) {
  const text = source.textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const folded = source.closest("details");
    if (folded) folded.open = true;
    getSelection().selectAllChildren(source);
    return document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const said = document.createElement("span");
  let timer = 0;
  said.className = "said";
  said.setAttribute("role", "status");
  button.after(said);
  button.hidden = false;
  button.addEventListener("click", async () => {
    const { copy: id, copied, selected } = button.dataset;
    clearTimeout(timer);
    said.textContent = (await copy(document.getElementById(id))) ? copied : selected;
    timer = setTimeout(() => said.replaceChildren(), SHOWN);
  });
}
