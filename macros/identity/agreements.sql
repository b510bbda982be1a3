{% macro agreements(record, version) -%}
    {#- How many of birth date, surname and forename a record and a version of a number's
        usual demographics agree on, 0 to 3; what is unknown does not agree. -#}
    case when {{ record }}.birth_date = {{ version }}.birth_date then 1 else 0 end
    + case
        when {{ record }}.comparable_surname = {{ version }}.comparable_surname then 1
        else 0
    end
    + case
        when {{ record }}.comparable_forename = {{ version }}.comparable_forename
            then 1
        else 0
    end
{%- endmacro %}
