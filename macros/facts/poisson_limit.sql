{% macro poisson_limit(count, side) -%}
    {#- Lower or upper 95 % limit of a Poisson count: exact below ten (Garwood 1936),
        Byar's approximation from ten on (Breslow and Day 1987). -#}
    {%- set exact = {
        'lower': [
            0.0, 0.0253, 0.2422, 0.6187, 1.0899, 1.6235, 2.2019, 2.8144, 3.4538, 4.1154
        ],
        'upper': [
            3.6889, 5.5716, 7.2247, 8.7673, 10.2416, 11.6683, 13.0595, 14.4227, 15.7632,
            17.0848
        ],
    }[side] -%}
    {%- set z = 1.959964 -%}
    case
        {%- for limit in exact %}
        when {{ count }} = {{ loop.index0 }} then {{ limit }}
        {%- endfor %}
        {%- if side == 'lower' %}
        else {{ count }} * power(
            1 - 1 / (9.0 * {{ count }}) - {{ z }} / (3 * sqrt({{ count }})), 3
        )
        {%- else %}
        else ({{ count }} + 1) * power(
            1 - 1 / (9.0 * ({{ count }} + 1)) + {{ z }} / (3 * sqrt({{ count }} + 1)), 3
        )
        {%- endif %}
    end
{%- endmacro %}
