{% macro similar_names(left_name, right_name) -%}
    {#- True when two comparable names are alike: equal without spaces, one a part of the
        other, or one letter apart (two in names of seven letters or more). Null when one
        is unknown. -#}
    {%- set left_letters = "replace(" ~ left_name ~ ", ' ', '')" -%}
    {%- set right_letters = "replace(" ~ right_name ~ ", ' ', '')" -%}
    {%- set shorter -%}
    least(length({{ left_letters }}), length({{ right_letters }}))
    {%- endset -%}
    (
        {{ left_letters }} = {{ right_letters }}
        or (
            {{ shorter }} >= 3
            and (
                {{ left_letters }} like '%' || {{ right_letters }} || '%'
                or {{ right_letters }} like '%' || {{ left_letters }} || '%'
            )
        )
        or levenshtein({{ left_letters }}, {{ right_letters }})
        <= case when {{ shorter }} >= 7 then 2 when {{ shorter }} >= 4 then 1 else 0 end
    )
{%- endmacro %}
