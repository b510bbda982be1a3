{% macro age_band(age_years) -%}
    {#- Five-year age band, as in the 2013 European standard population; 90 and over is
        one band. Null when the age is not known. -#}
    case
        {%- for lower in range(0, 90, 5) %}
        when {{ age_years }} <= {{ lower + 4 }} then '{{ "%02d-%02d" | format(lower, lower + 4) }}'
        {%- endfor %}
        when {{ age_years }} >= 90 then '90+'
    end
{%- endmacro %}
