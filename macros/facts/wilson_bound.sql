{% macro wilson_bound(count, total, side) -%}
    {#- Lower or upper bound of the 95 % interval of a share, after Wilson (1927); null
        when there is nothing to take a share of. -#}
    {%- set z = 1.959963984540054 -%}
    {%- set sign = '-' if side == 'lower' else '+' -%}
    case
        when {{ total }} > 0
            -- Arithmetic may miss 0 and 1 by a last digit.
            then greatest(0.0, least(1.0, (
                {{ count }} + {{ z * z / 2 }}
                {{ sign }} {{ z }} * sqrt(
                    {{ count }} * ({{ total }} - {{ count }}) / cast({{ total }} as double)
                    + {{ z * z / 4 }}
                )
            ) / ({{ total }} + {{ z * z }})))
    end
{%- endmacro %}
