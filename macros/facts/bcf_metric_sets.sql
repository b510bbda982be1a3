{% macro bcf_metric_sets(metrics_relation) -%}
    {#- The financial years of var bcf_metric_sets, quoted, for an `in` list. A year
        without metrics in `metrics_relation` is refused: its definitions may differ. -#}
    {%- set wanted = var('bcf_metric_sets') -%}
    {%- if execute and load_relation(metrics_relation) is not none -%}
        {%- set known = run_query(
            'select distinct metric_set_year from ' ~ metrics_relation ~ ' order by 1'
        ).columns[0].values() | list -%}
        {%- for year in wanted if year not in known -%}
            {{- exceptions.raise_compiler_error(
                "There is no Better Care Fund metric set of the year '" ~ year
                ~ "', only of " ~ known | join(' and ') ~ ". Add its metrics to "
                ~ "seeds/better_care_fund/bcf_metrics.csv, or name a known year in var "
                ~ "bcf_metric_sets."
            ) -}}
        {%- endfor -%}
    {%- endif -%}
    {%- for year in wanted -%}
        '{{ year }}'{{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
