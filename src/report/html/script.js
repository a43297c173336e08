'use strict';
const list = document.getElementById('setups');
const setups = Array.from(list.children);
const form = document.querySelector('.filter');
const shown = document.getElementById('shown');
const words = new Map();

// What is looked for in a set-up: its own line, and the rules that found something.
function wordsOf(setup) {
  if (!words.has(setup)) {
    words.set(setup, (setup.firstElementChild.textContent + ' ' + setup.dataset.rules).toLowerCase());
  }
  return words.get(setup);
}

function filter() {
  const wanted = form.elements.search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const verdicts = new Set(Array.from(form.querySelectorAll('[name=verdict]:checked'), box => box.value));
  let number = 0;
  for (const setup of setups) {
    const is = verdicts.has(setup.dataset.verdict) && wanted.every(word => wordsOf(setup).includes(word));
    setup.hidden = !is;
    number += is;
  }
  shown.textContent = number === setups.length ? '' : number + ' of ' + setups.length + ' shown';
}

const orders = {
  input: setup => Number(setup.dataset.number),
  verdict: setup => ['error', 'warning', 'unknown', 'note', 'good'].indexOf(setup.dataset.verdict),
  name: setup => setup.querySelector('.name').textContent,
  end: setup => Number(setup.dataset.end) || Infinity,
};

function sort() {
  const key = orders[form.elements.order.value];
  const keyed = setups.map(setup => [key(setup), setup]);
  keyed.sort(([a, x], [b, y]) => a < b ? -1 : a > b ? 1 : orders.input(x) - orders.input(y));
  // Outside of the page it is done in a second for ten thousand, and inside in a minute.
  const place = document.createComment('');
  list.replaceWith(place);
  list.append(...keyed.map(([, setup]) => setup));
  place.replaceWith(list);
}

// A button beside each line that can be pasted, when it comes to be seen.
function addButtons(inside) {
  for (const code of inside.querySelectorAll('.commands code:only-child')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'copy';
    code.after(button);
  }
}

async function copy(button) {
  const code = button.previousElementSibling;
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    getSelection().selectAllChildren(code);
    document.execCommand('copy');
  }
  button.textContent = 'copied';
  setTimeout(() => { button.textContent = 'copy'; }, 2000);
}

form.addEventListener('submit', event => event.preventDefault());
form.addEventListener('input', event => { event.target.name === 'order' ? sort() : filter(); });
list.addEventListener('toggle', event => addButtons(event.target), true);
list.addEventListener('click', event => { if (event.target.matches('button')) copy(event.target); });
setups.filter(setup => setup.open).forEach(addButtons);
form.hidden = false;
