export * from './scenarios/index.ts'
