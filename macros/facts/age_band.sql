{% macro age_band(age_years) -%}
    {#- Five-year age band, as in the 2013 European standard population; 90 and over is
        one band. Null when the age is not known. -#}
    case
        when {{ age_years }} <= 4 then '00-04'
        when {{ age_years }} <= 9 then '05-09'
        when {{ age_years }} <= 14 then '10-14'
        when {{ age_years }} <= 19 then '15-19'
        when {{ age_years }} <= 24 then '20-24'
        when {{ age_years }} <= 29 then '25-29'
        when {{ age_years }} <= 34 then '30-34'
        when {{ age_years }} <= 39 then '35-39'
        when {{ age_years }} <= 44 then '40-44'
        when {{ age_years }} <= 49 then '45-49'
        when {{ age_years }} <= 54 then '50-54'
        when {{ age_years }} <= 59 then '55-59'
        when {{ age_years }} <= 64 then '60-64'
        when {{ age_years }} <= 69 then '65-69'
        when {{ age_years }} <= 74 then '70-74'
        when {{ age_years }} <= 79 then '75-79'
        when {{ age_years }} <= 84 then '80-84'
        when {{ age_years }} <= 89 then '85-89'
        when {{ age_years }} >= 90 then '90+'
    end
{%- endmacro %}
