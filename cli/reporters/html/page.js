'use strict';
// Filters, grouping, and links that find what a filter hides. Without this script the page shows everything, by file.
(() => {
  const form = document.getElementById('filters');
  if (!form) return;
  const search = document.getElementById('search');
  const rule = document.getElementById('rule');
  const shown = document.getElementById('shown');
  const list = document.getElementById('findings');
  const findings = [...list.querySelectorAll('.finding')];
  const texts = new Map(findings.map((finding) => [finding, textOf(finding)]));
  const byFile = [...list.querySelectorAll('.group')];
  const home = new Map(findings.map((finding) => [finding, finding.parentElement]));
  const byRule = new Map();

  /** What the search looks through: the words, without the picture's. */
  function textOf(finding) {
    const parts = finding.querySelectorAll('.tags, h3, .source, .help, .experiment, .fixes, .path ol');
    return [...parts].map((part) => part.textContent).join('\n').toLowerCase();
  }

  const checked = (name) => [...form.querySelectorAll(`input[name=${name}]:checked`)].map((box) => box.value);

  function filter() {
    const severities = checked('severity');
    const verdicts = checked('verdict');
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const finding of findings) {
      const { severity, verdict, rule: name } = finding.dataset;
      const fits =
        severities.includes(severity) &&
        verdicts.includes(verdict) &&
        (!rule.value || rule.value === name) &&
        words.every((word) => texts.get(finding).includes(word));
      finding.classList.toggle('filtered', !fits);
      if (fits) count++;
    }
    for (const group of list.querySelectorAll('.group')) {
      group.classList.toggle('filtered', !group.querySelector('.finding:not(.filtered)'));
    }
    shown.textContent = `${count} of ${findings.length} shown`;
  }

  /** The section of a rule, made when it is first asked for. */
  function sectionOf(name) {
    if (!byRule.has(name)) {
      const section = document.createElement('section');
      const heading = document.createElement('h2');
      section.className = 'group';
      section.id = `group-${name}`;
      heading.id = `group-${name}-name`;
      heading.textContent = name;
      section.setAttribute('aria-labelledby', heading.id);
      section.append(heading);
      byRule.set(name, section);
    }
    return byRule.get(name);
  }

  function group() {
    if (checked('group')[0] === 'rule') {
      const names = [...rule.options].map((option) => option.value).filter(Boolean);
      for (const finding of findings) sectionOf(finding.dataset.rule).append(finding);
      list.replaceChildren(...names.map(sectionOf));
    } else {
      for (const finding of findings) home.get(finding).append(finding);
      list.replaceChildren(...byFile);
    }
    filter();
  }

  function reset() {
    form.reset();
    group();
  }

  /** Show what the address names, whatever filters and grouping say. */
  function follow() {
    let id = '';
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch {
      return;
    }
    const isFile = byFile.some((section) => section.id === id);
    if (isFile && !byFile[0].isConnected) {
      form.elements.group.value = 'file';
      group();
    }
    const target = id && document.getElementById(id);
    if (!target) return;
    if (target.closest('.filtered')) reset();
    if (target instanceof HTMLDetailsElement) target.open = true;
    target.scrollIntoView();
    if (target.classList.contains('finding')) target.focus({ preventScroll: true });
  }

  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', (event) => (event.target.name === 'group' ? group() : filter()));
  document.getElementById('clear').addEventListener('click', reset);
  window.addEventListener('hashchange', follow);
  // A link to where one is already changes nothing in the address, and is to work all the same.
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute('href') === location.hash) follow();
  });
  window.addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
  form.hidden = false;
  group();
  follow();
})();
