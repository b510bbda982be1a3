{% macro judge_rows(relation) %}
{#-
    The rows of `relation` with `failed_rule`, the name of the first hard rule that the
    row breaks (null when it keeps them all), and `raw_row`, kept for those that fail.
    The rules stand under config.meta of the calling model:
      readable  typed column -> delivered column; something delivered must be readable
      rules     name -> SQL condition over the model's columns that condemns the row
    Malformed lines fail before any rule, unreadable values before the other rules. A
    delivered date must lie between the vars earliest_date and latest_date: what is
    outside is a slip of the pen, and reckoning with it can break a build.
-#}
{%- set meta = model.config.meta -%}
{%- set dates = delivered_dates() -%}
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
                {%- if delivered in dates %}
                when
                    {{ column }} not between
                    cast('{{ var("earliest_date") }}' as date)
                    and cast('{{ var("latest_date") }}' as date)
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


{% macro delivered_dates() -%}
    {#- The columns of the calling model's source that hold dates. -#}
    {%- set dates = [] -%}
    {%- if execute -%}
        {%- for node in graph.sources.values()
            if [node.source_name, node.name] in model.sources -%}
            {%- do dates.extend(node.columns.values()
                | selectattr('data_type', 'equalto', 'date') | map(attribute='name')) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(dates) -}}
{%- endmacro %}
