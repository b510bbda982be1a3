{% macro judge_rows(relation) %}
{#-
    The rows of `relation` with `failed_rule`, the name of the first hard rule that the
    row breaks (null if it breaks none), and `raw_row`, the delivered row if it breaks
    one. The rules are in config.meta of the calling model:
      readable  typed column -> delivered column: if it is not empty, it must be readable
      rules     name -> SQL condition that rejects the row, over the columns of the model
                and the CTEs of code lists that it imports
    Malformed lines are rejected first, then unreadable values, then by the rules. A
    delivered date must be between the vars earliest_date and latest_date, a number in
    its column's config.meta.range or not larger than var largest_number: one outside is a
    typing error or a person's number, and calculating with it can break the build.
-#}
{%- set meta = model.config.meta -%}
{%- set ranges = delivered_ranges() -%}
    select
        {{ star_except(['raw', 'raw_text', 'is_malformed', 'failed_rule']) }},
        failed_rule,
        case
            when failed_rule is not null
                then coalesce(raw_text, {{ to_json('raw') }})
        end as raw_row
    from (
        select
            *,
            case
                when is_malformed then raw.line_defect
                {%- for column, delivered in meta.get('readable', {}).items() %}
                when
                    {{ column }} is null
                    and trim(raw.{{ adapter.quote(delivered) }}) <> ''
                    then '{{ column }}_unreadable'
                {%- if delivered in ranges %}
                when
                    {{ column }} not between
                    {{ ranges[delivered][0] }} and {{ ranges[delivered][1] }}
                    then '{{ column }}_out_of_range'
                {%- endif %}
                {%- endfor %}
                {%- for name, condition in meta.get('rules', {}).items() %}
                when {{ condition }} then '{{ name }}'
                {%- endfor %}
            end as failed_rule
        from {{ relation }}
    ) as judged
{% endmacro %}


{% macro delivered_ranges() -%}
    {#- The least and the largest plausible value of each date and number of the calling
        model's source, as SQL. -#}
    {%- set ranges = {} -%}
    {%- if execute -%}
        {%- set dates = [
            "cast('" ~ var('earliest_date') ~ "' as date)",
            "cast('" ~ var('latest_date') ~ "' as date)"
        ] -%}
        {%- set numbers = [-var('largest_number'), var('largest_number')] -%}
        {%- for node in graph.sources.values()
            if [node.source_name, node.name] in model.sources -%}
            {%- for column in node.columns.values() -%}
                {%- if column.data_type == 'date' -%}
                    {%- do ranges.update({column.name: dates}) -%}
                {%- elif column.data_type in ('integer', 'double') -%}
                    {%- do ranges.update(
                        {column.name: column.config.meta.get('range', numbers)}
                    ) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(ranges) -}}
{%- endmacro %}
