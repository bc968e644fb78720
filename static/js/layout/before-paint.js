/* Runs at the top of <body>, not deferred: theme and density stand before anything is painted. Everything else is in main.js. */
(() => {
  "use strict";
  const remembered = (name) => { try { return localStorage.getItem("step8." + name); } catch { return null; } };
  const theme = remembered("theme");
  const density = remembered("density");
  document.documentElement.dataset.js = "";
  if (["light", "dark"].includes(theme)) document.documentElement.dataset.theme = theme;
  if (["large", "compact"].includes(density)) document.body.dataset.density = density;
})();
