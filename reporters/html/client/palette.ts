/** Okabe and Ito's colours, told apart by all kinds of colour vision; yellow only on dark, where it can be seen. */
const LIGHT = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', '#444444', '#8A6D00'] as const
const DARK = ['#56B4E9', '#E69F00', '#2FC39B', '#E69CC2', '#8FC9F0', '#F0E442', '#C9C9C9', '#D9825B'] as const

/** What charts are painted with. */
export interface Paint {
  readonly colour: (place: number) => string
  readonly text: string
  readonly grid: string
  readonly shade: string
}

/** The colours of the theme that the page has now. */
export function paintOf(root: Element): Paint {
  const style = getComputedStyle(root)
  const dark = style.getPropertyValue('--dark').trim() === '1'
  const colours = dark ? DARK : LIGHT
  return {
    colour: (place) => colours[place % colours.length]!,
    text: style.getPropertyValue('--muted').trim(),
    grid: style.getPropertyValue('--line').trim(),
    shade: style.getPropertyValue('--shade').trim(),
  }
}
