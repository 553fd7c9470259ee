/** The button between light and dark; without a click the page has the system's theme. */
export function themeToggle(changed: () => void): void {
  const root = document.documentElement
  const button = document.getElementById('theme')
  const system = matchMedia('(prefers-color-scheme: dark)')
  const isDark = (): boolean => (root.dataset['theme'] ?? (system.matches ? 'dark' : 'light')) === 'dark'
  const tell = (): void => {
    if (button === null) return
    button.textContent = isDark() ? 'Light' : 'Dark'
    button.setAttribute('aria-pressed', String(isDark()))
  }
  button?.addEventListener('click', () => {
    root.dataset['theme'] = isDark() ? 'light' : 'dark'
    tell()
    changed()
  })
  system.addEventListener('change', () => {
    tell()
    changed()
  })
  tell()
}
