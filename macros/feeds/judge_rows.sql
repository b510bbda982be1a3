{% macro judge_rows(relation) %}
{#-
    The rows of `relation` with `failed_rule`, the name of the first hard rule that the
    row breaks (null when it keeps them all), and `raw_row`, kept for those that fail.
    The rules stand under config.meta of the calling model:
      readable  typed column -> delivered column; something delivered must be readable
      rules     name -> SQL condition over the model's columns that condemns the row
    Malformed lines fail before any rule, unreadable values before the other rules.
-#}
{%- set meta = model.config.meta -%}
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
                when is_malformed then 'malformed_line'
                {%- for column, delivered in meta.get('readable', {}).items() %}
                when
                    {{ column }} is null
                    and trim(raw.{{ adapter.quote(delivered) }}) <> ''
                    then '{{ column }}_unreadable'
                {%- endfor %}
                {%- for name, condition in meta.get('rules', {}).items() %}
                when {{ condition }} then '{{ name }}'
                {%- endfor %}
            end as failed_rule
        from {{ relation }}
    ) as judged
{% endmacro %}
