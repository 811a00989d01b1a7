/** Light or dark: as the system wants it, until somebody chooses. */

const themeKey = 'gatehouse.theme';
const themes = ['system', 'light', 'dark'];

function chosenTheme() {
  const kept = localStorage.getItem(themeKey);
  return themes.includes(kept) ? kept : 'system';
}

function applyTheme() {
  const theme = chosenTheme();
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  return theme;
}

/** A button that goes through the choices. */
export function offerThemes(button) {
  const show = () => {
    button.textContent = `Theme: ${applyTheme()}`;
  };
  button.addEventListener('click', () => {
    const next = themes[(themes.indexOf(chosenTheme()) + 1) % themes.length];
    localStorage.setItem(themeKey, next);
    show();
  });
  show();
}
