// A form with data-busy says what is going on while the server works, and is not sent twice.
for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", () => {
    const status = form.parentElement.querySelector(".busy");
    if (status) status.textContent = form.dataset.busy;
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  });
}
