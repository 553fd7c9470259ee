/** Where a run's metrics are sent when it has ended; `null` for nowhere. */
export interface MetricSinks {
  readonly pushgateway: PushgatewaySink | null
  readonly otlp: HttpSink | null
  readonly statsd: StatsdSink | null
}

/** An endpoint over HTTP. */
export interface HttpSink {
  /** Without a login. */
  readonly url: string
  /** Written nowhere. */
  readonly headers: Readonly<Record<string, string>>
}

export interface PushgatewaySink extends HttpSink {
  readonly job: string
  /** Labels of the group beside `job`, and `project`, which it always has. */
  readonly labels: Readonly<Record<string, string>>
}

export interface StatsdSink {
  readonly host: string
  readonly port: number
  readonly prefix: string
  /** Labels as tags after DogStatsD; otherwise they are parts of names. */
  readonly tags: boolean
}
