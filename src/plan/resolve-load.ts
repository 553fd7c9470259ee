import { availableParallelism } from 'node:os'
import type { AlertRule } from '../domain/alert.ts'
import {
  isArrivalProfile,
  type LoadPlan,
  type OnInconclusive,
  peakLevel,
  type ProfilePlan,
} from '../domain/load-plan.ts'
import { type MonitorPlan, NOTHING_WATCHED } from '../domain/monitor-plan.ts'
import { type ScenarioPlan, singlePlans } from '../domain/scenario.ts'
import { COMMON_OPTIONS } from './common-options.ts'
import { parseParts } from './load-schema.ts'
import { requireOwnRows } from './own-rows.ts'
import { profileOptions } from './profile-options.ts'
import { refuseCourse } from './refuse-course.ts'
import type { ReadRows } from './trace-options.ts'

/** Defaults that a project sets for all of its loads. */
export interface LoadDefaults {
  readonly onInvalid: 'fail' | 'warn'
  readonly onInconclusive: OnInconclusive
  /** @default nothing is watched */
  readonly monitors?: Partial<MonitorPlan>
  /** @default none */
  readonly alerts?: readonly AlertRule[]
}

/** What a plan needs beside the user's options. */
export interface PlanContext {
  readonly id: string
  /** Label when the user gives none. */
  readonly label: string
  readonly defaults: LoadDefaults
  /** Reads the file of a `trace`. */
  readonly readRows: ReadRows
}

/**
 * Resolves what the user wrote into a plan.
 * @throws LoadError `invalid-option` naming each option, what it got and what it takes
 */
export function resolveLoad(scenario: ScenarioPlan, options: unknown, context: PlanContext): LoadPlan {
  const profileOf = profileOptions(options, context.readRows)
  const [common, profile] = parseParts(options as object, COMMON_OPTIONS, profileOf)
  refuseCourse(options as object, { ...common, profile })
  const plan: LoadPlan = {
    ...common,
    id: context.id,
    label: common.label ?? context.label,
    scenario,
    profile,
    generators: Math.min(generatorsFor(common.generators, profile), connectionsFor(scenario)),
    monitors: { ...NOTHING_WATCHED, ...context.defaults.monitors, ...common.monitors },
    alerts: common.alerts ?? context.defaults.alerts ?? [],
    onInvalid: common.onInvalid ?? context.defaults.onInvalid,
    onInconclusive: common.onInconclusive ?? context.defaults.onInconclusive,
  }
  requireOwnRows(plan)
  return plan
}

/** Arrivals of one instant that a process sends before the last of them is late. */
const BURST_PER_GENERATOR = 100

/** More processes than users, or than cores that can run beside the target, would only disturb. */
function generatorsFor(asked: number | undefined, profile: ProfilePlan): number {
  const peak = peakLevel(profile)
  const each = profile.executor === 'burst-arrivals' ? BURST_PER_GENERATOR : isArrivalProfile(profile) ? 3000 : 1000
  const wanted = asked ?? Math.min(Math.ceil(peak / each), Math.max(1, availableParallelism() - 1))
  return Math.max(1, Math.min(wanted, usersOf(profile)))
}

function usersOf(profile: ProfilePlan): number {
  return isArrivalProfile(profile) ? profile.maxUsers : peakLevel(profile)
}

/** Most generators among which a load can be dealt, wherever they run: each has at least a user and a connection. */
export function mostGenerators({ profile, scenario }: Pick<LoadPlan, 'profile' | 'scenario'>): number {
  return Math.max(1, Math.min(usersOf(profile), connectionsFor(scenario)))
}

/** A generator without a connection could send nothing. */
function connectionsFor(scenario: ScenarioPlan): number {
  const limits = singlePlans(scenario).map((plan) =>
    plan.kind === 'module' ? Infinity : (plan.transport.maxConnections ?? Infinity),
  )
  return Math.min(...limits)
}
