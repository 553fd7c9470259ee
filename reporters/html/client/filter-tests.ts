/** Shows only the tests whose text has the words asked for and whose verdict is one of those pressed. */
export function filterTests(): void {
  const input = document.getElementById('filter') as HTMLInputElement | null
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('button[data-kind]')]
  const tests = [...document.querySelectorAll<HTMLElement>('details.test')].map((test) => ({
    test,
    chip: document.querySelector<HTMLElement>(`li[data-test="${test.id}"]`),
    text: [
      test.dataset['words'] ?? '',
      ...[...test.querySelectorAll('summary h2, summary .file')].map(({ textContent }) => textContent),
    ]
      .join(' ')
      .toLowerCase(),
    kind: test.dataset['kind'] ?? '',
  }))
  const shown = document.getElementById('shown')
  const none = document.getElementById('none')

  const apply = (): void => {
    const words = (input?.value ?? '').toLowerCase().split(/\s+/).filter(Boolean)
    const kinds = buttons
      .filter((button) => button.getAttribute('aria-pressed') === 'true')
      .map(({ dataset }) => dataset['kind'])
    let count = 0
    for (const { test, chip, text, kind } of tests) {
      const fits = words.every((word) => text.includes(word)) && (kinds.length === 0 || kinds.includes(kind))
      test.hidden = !fits
      if (chip !== null) chip.hidden = !fits
      if (fits) count++
    }
    if (none !== null) none.hidden = count > 0
    if (shown !== null) shown.textContent = count === tests.length ? '' : `${count} of ${tests.length} tests shown`
  }
  input?.addEventListener('input', apply)
  for (const button of buttons) {
    button.addEventListener('click', () => {
      button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'))
      apply()
    })
  }
}
