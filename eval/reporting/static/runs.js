"use strict";
/* The button waits until two are picked; without this script the server says so instead. */
(() => {
  const form = document.getElementById("picking");
  if (!form) return;
  const button = document.getElementById("compare");
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const show = () => {
    const picked = boxes.filter((box) => box.checked).length;
    button.disabled = picked !== 2;
    for (const box of boxes) box.disabled = picked >= 2 && !box.checked;
  };
  form.addEventListener("change", show);
  show();
})();
