{% macro nhs_number_is_valid(column) -%}
    {#- True when `column` holds ten digits of which the last is the check digit: digits 1
        to 9 weighted 10 to 2; 11 less the sum modulo 11; 11 counts as 0, 10 is invalid
        (NHS Data Dictionary, NHS NUMBER). One digit ten times has the right check digit
        too, and is what people type for unknown. A common pseudonym has no check digit. -#}
    {%- if var('feeds_are_pseudonymised') -%}
    {{ column }} is not null
    {%- else -%}
    coalesce(
        length({{ column }}) = 10
        and {{ column }} <> repeat(substr({{ column }}, 1, 1), 10)
        and (
            11 - (
                {%- for position in range(1, 10) %}
                {{ 11 - position }} * try_cast(substr({{ column }}, {{ position }}, 1) as integer)
                {{- " +" if not loop.last }}
                {%- endfor %}
            ) % 11
        ) % 11 = try_cast(substr({{ column }}, 10, 1) as integer),
        false
    )
    {%- endif -%}
{%- endmacro %}
