{% macro assumed_end(start_date, end_date, confirmed_until_date, death_date) -%}
    {#- The day on which a record without an end is taken to have ended: the last day on
        which it was confirmed or the day of death, the earlier of both. Null when it has
        an end or may still be open. -#}
    case
        when {{ end_date }} is not null then null
        when coalesce({{ confirmed_until_date }}, {{ death_date }}) is not null
            then
                greatest(
                    {{ start_date }},
                    least(
                        coalesce({{ confirmed_until_date }}, {{ death_date }}),
                        coalesce({{ death_date }}, {{ confirmed_until_date }})
                    )
                )
    end
{%- endmacro %}
