/* A section of an application while one types: questions that apply come and go, totals of costs follow.
   The server says the same after every saving, so the page works without this file. */
(() => {
  "use strict";

  /* --- Questions that apply ------------------------------------------------------------------- */

  /* What is answered, as a condition names it: the values that are ticked, yes or no for a single box. */
  function given(box) {
    const inputs = Array.from(box.querySelectorAll("input[type=radio], input[type=checkbox]"));
    if (inputs.length === 1 && inputs[0].type === "checkbox" && inputs[0].value === "on") return [inputs[0].checked ? "yes" : "no"];
    return inputs.filter((input) => input.checked).map((input) => input.value);
  }

  function startConditions(root) {
    const boxes = Array.from(root.querySelectorAll("[data-question]"));
    const byCode = Object.fromEntries(boxes.map((box) => [box.dataset.question, box]));
    const shown = root.querySelector("input[name=shown]");
    const status = root.querySelector("[data-questions-status]");

    /* In the order of the page: what is hidden hides what depends on it. */
    function update() {
      let more = 0;
      let fewer = 0;
      boxes.filter((box) => box.dataset.deciding).forEach((box) => {
        const deciding = byCode[box.dataset.deciding];
        const values = JSON.parse(box.dataset.values);
        const applies = Boolean(deciding) && !deciding.hidden && given(deciding).some((value) => values.includes(value));
        if (applies === !box.hidden) return;
        box.hidden = !applies;
        if (applies) more += 1;
        else fewer += 1;
      });
      if (more) status.textContent = root.dataset.more;
      else if (fewer) status.textContent = root.dataset.fewer;
      shown.value = boxes.filter((box) => !box.hidden).map((box) => box.dataset.question).join(" ");
    }

    root.addEventListener("change", update);
    update();
  }

  /* --- Totals of costs -------------------------------------------------------------------------- */

  /* "26 000", "26,000.50" and "26.000,50 €" in whole cents; nothing for what is no amount. */
  function cents(typed) {
    const text = typed.replace(/[\s'’€]|eur(os?)?/gi, "");
    const marks = text.match(/[.,]/g) ?? [];
    const last = marks[marks.length - 1];
    let plain = text;
    if (new Set(marks).size === 2) plain = text.replaceAll(last === "." ? "," : ".", "").replace(last, ".");
    else if (marks.length > 1 || (last && /^0*[1-9]\d{0,2}[.,]\d{3}$/.test(text))) plain = text.replaceAll(last, "");
    else if (last) plain = text.replace(last, ".");
    if (!/^(\d{1,10}(\.\d{0,2})?|\.\d{1,2})$/.test(plain)) return 0n;
    const [whole, part = ""] = plain.split(".");
    return BigInt(whole || "0") * 100n + BigInt(part.padEnd(2, "0"));
  }

  function euros(amount) {
    const whole = (amount / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
    const part = amount % 100n;
    return part ? `€${whole}.${part.toString().padStart(2, "0")}` : `€${whole}`;
  }

  /* The cents of the whole in proportion to the weights: rounded down, what is left to the largest remainders. */
  function parts(total, weights) {
    const sum = weights.reduce((one, other) => one + other, 0n);
    if (!sum) return weights.map(() => 0n);
    const found = weights.map((weight) => (total * weight) / sum);
    const order = weights.map((weight, index) => [(total * weight) % sum, index]);
    order.sort((one, other) => (one[0] === other[0] ? one[1] - other[1] : one[0] < other[0] ? 1 : -1));
    let left = total - found.reduce((one, other) => one + other, 0n);
    order.forEach(([, index]) => { if (left > 0n) { found[index] += 1n; left -= 1n; } });
    return found;
  }

  const SCALE = 1000000n;
  const LIMIT = 1000000000000n;

  function scaled(figure) { return BigInt(Math.round(Number(figure) * Number(SCALE))); }

  function halfUp(amount, by) { return (amount * 2n + by) / (by * 2n); }

  /* What is too large to be kept counts as nothing until it is put right. */
  function kept(amount) { return amount < LIMIT ? amount : 0n; }

  function startTotals(table) {
    const rows = Array.from(table.querySelectorAll("tbody > tr"));
    const rates = rows.map((row) => scaled(row.dataset.rate));
    const inputs = rows.map((row) => row.querySelector("input"));
    const flats = rows.map((row) => (row.dataset.flat ? scaled(row.dataset.flat) : null));
    const unitCosts = rows.map((row) => (row.dataset.unitCost ? scaled(row.dataset.unitCost) : null));

    /* What is typed, in cents; units cost so much each. */
    function typed(index) {
      if (flats[index] !== null) return null;
      const value = cents(inputs[index].value);
      return unitCosts[index] === null ? value : kept(halfUp(value * unitCosts[index], SCALE));
    }

    /* A flat rate is its share of the amounts it names, or of all that are none themselves. */
    function flat(index, amounts) {
      const of = rows[index].dataset.of.split(" ").filter(Boolean);
      const base = amounts.filter((amount, at) => amount !== null && (!of.length || of.includes(rows[at].dataset.code)));
      return kept(halfUp(base.reduce((one, other) => one + other, 0n) * flats[index], SCALE));
    }

    function update() {
      const given = rows.map((_row, index) => typed(index));
      const amounts = given.map((amount, index) => (amount === null ? flat(index, given) : amount));
      rows.forEach((row, index) => {
        const shown = row.querySelector("[data-amount]");
        if (shown) shown.textContent = euros(amounts[index]);
      });
      table.querySelector("[data-total]").textContent = euros(amounts.reduce((one, other) => one + other, 0n));
      if (!table.querySelector("[data-total-support]")) return;
      const weights = amounts.map((amount, index) => amount * rates[index]);
      const support = halfUp(weights.reduce((one, other) => one + other, 0n), SCALE);
      parts(support, weights).forEach((part, index) => { rows[index].querySelector("[data-support]").textContent = euros(part); });
      table.querySelector("[data-total-support]").textContent = euros(support);
    }

    table.addEventListener("input", update);
    update();
  }

  document.querySelectorAll("[data-questions]").forEach(startConditions);
  document.querySelectorAll("[data-cost-table]").forEach(startTotals);
})();
