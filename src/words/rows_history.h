/* Questions about how things went. */
WORDS_ROW(METRICS_WHEN, "metrics.when",
          "{name} must be a time in UTC such as 2026-11-22T08:27:24Z, seconds since 1970, or how "
          "long ago it was, such as -90m or -7d.",
          "{name}必须是UTC时间（例如2026-11-22T08:27:24Z）、1970年以来的秒数，或距现在多久（例如"
          "-90m或-7d）。",
          "name")
WORDS_ROW(METRICS_ORDER, "metrics.order", "from must lie before to, and not in the future.",
          "from必须早于to，且不能在将来。")
WORDS_ROW(METRICS_STEP, "metrics.step", "step must be a multiple of {seconds} seconds.",
          "step必须是{seconds}秒的整数倍。", "seconds")
WORDS_ROW(METRICS_NAMES, "metrics.names",
          "names must be series of this resource, separated by commas: {known}.",
          "names必须是此资源的序列名，用逗号分隔：{known}。", "known")
WORDS_ROW(METRICS_FORMAT, "metrics.format", "format must be json or csv.",
          "format必须是json或csv。")
WORDS_ROW(
    METRICS_TOO_MANY, "metrics.too-many",
    "That is {points} points for each of {series} series; an answer has at most {maxPoints} "
    "for each and {maxValues} values in all. Take a larger step, less time or fewer names.",
    "这需要每个序列{points}个点，共{series}个序列；一次应答每个序列最多{maxPoints}个点，总共最多"
    "{maxValues}个值。请加大step、缩短时间范围或减少names。",
    "points", "series", "maxPoints", "maxValues")
WORDS_ROW(METRICS_NO_KIND, "metrics.no-kind",
          "No history is kept of {collection}; it is of vpnTunnels, vpnConnections, "
          "borderGateways, vpcAttachments, instances and nodes.",
          "{collection}没有历史数据；有历史数据的是vpnTunnels、vpnConnections、"
          "borderGateways、vpcAttachments、instances和nodes。",
          "collection")
WORDS_ROW(METRICS_NONE, "metrics.none",
          "This server keeps no history: its state directory does not take it.",
          "此服务器不保存历史数据：其状态目录无法写入。")
/* The command that shows it. */
WORDS_ROW(COMMAND_HELP_METRICS_VERB, "command.help-metrics-verb",
          "Show how one {kind} went: traffic, losses and more over time",
          "查看单个{kind}的历史指标：流量、丢包等", "kind")
WORDS_ROW(COMMAND_HELP_METRICS_FROM, "command.help-metrics-from",
          "Since when: 2h, 7d, a time in UTC, or seconds since 1970 (default 1h)",
          "起始时间：2h、7d、UTC时间或1970年以来的秒数（默认1h）")
WORDS_ROW(COMMAND_HELP_METRICS_TO, "command.help-metrics-to", "Until when (default now)",
          "结束时间（默认为现在）")
WORDS_ROW(COMMAND_HELP_METRICS_STEP, "command.help-metrics-step",
          "Length of a point, a multiple of 10 s (default: by the time asked for)",
          "每个点的时长，10秒的整数倍（默认按时间范围选择）")
WORDS_ROW(COMMAND_HELP_METRICS_NAMES, "command.help-metrics-names",
          "Only these series (default all)", "只查看这些序列（默认全部）")
WORDS_ROW(COMMAND_HELP_METRICS_FORMAT, "command.help-metrics-format",
          "All points instead of a summary [csv json]", "输出所有点而不是摘要 [csv json]")
WORDS_ROW(COMMAND_COLUMN_SERIES, "command.column-series", "SERIES", "序列")
WORDS_ROW(COMMAND_COLUMN_UNIT, "command.column-unit", "UNIT", "单位")
WORDS_ROW(COMMAND_COLUMN_LEAST, "command.column-least", "MIN", "最小")
WORDS_ROW(COMMAND_COLUMN_AVERAGE, "command.column-average", "AVERAGE", "平均")
WORDS_ROW(COMMAND_COLUMN_MOST, "command.column-most", "MAX", "最大")
WORDS_ROW(COMMAND_COLUMN_LAST, "command.column-last", "LAST", "最近")
WORDS_ROW(COMMAND_COLUMN_CHART, "command.column-chart", "CHART", "走势")
