import { expectTypeOf } from 'expect-type'
import { defineScenario, http, mix, type MixPart, type ScenarioResponse } from '../../src/scenarios.ts'

interface State {
  token?: string
}

const visit = defineScenario<{ url: string }, State>(
  async ({ params, state, http: client, step, checks }) => {
    expectTypeOf(params.url).toEqualTypeOf<string>()
    expectTypeOf(state.token).toEqualTypeOf<string | undefined>()
    const answer = await step('look', () => client.get(params.url))
    expectTypeOf(answer).toEqualTypeOf<ScenarioResponse>()
    checks(answer, { 'status is 200': ({ status }) => status === 200 })
    // @ts-expect-error -- an answer has no such field
    checks(answer, { wrong: ({ statuz }) => statuz === 200 })
  },
  {
    onStart: ({ state }) => {
      state.token = 'a'
      // @ts-expect-error -- not part of the state
      state.other = 1
    },
    // @ts-expect-error -- there is no iteration after the last one
    onStop: ({ iteration }) => void iteration,
  },
)

expectTypeOf(visit).toBeFunction()
expectTypeOf(mix).parameter(0).toEqualTypeOf<readonly MixPart[]>()
http.get('http://h/{{n}}', { data: new URL('file:///rows.csv'), dataOrder: 'shuffled' })
http.get('http://h/{{n}}', { data: new Set([{ n: 1 }]) })
http.get('http://h/{{n}}', {
  data: function* () {
    yield { n: 1 }
  },
})
// @ts-expect-error -- no such order
http.get('http://h/{{n}}', { data: './rows.csv', dataOrder: 'sorted' })
