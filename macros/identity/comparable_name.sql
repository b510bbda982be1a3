{% macro comparable_name(column) -%}
    {#- A name as it is compared: capitals, marks taken off Latin letters, words parted by
        one space, apostrophes dropped; other scripts as they are; empty as null. -#}
    {%- set folded = {
        'ÀÁÂÃÄÅĀĂĄǍẠẢẤẦẨẪẬẮẰẲẴẶ': 'A', 'ÇĆĈĊČ': 'C', 'ĎĐÐ': 'D',
        'ÈÉÊËĒĔĖĘĚẸẺẼẾỀỂỄỆƏ': 'E', 'ĜĞĠĢ': 'G', 'ĤĦ': 'H',
        'ÌÍÎÏĨĪĬĮİỈỊ': 'I', 'Ĵ': 'J', 'Ķ': 'K', 'ĹĻĽĿŁ': 'L', 'ÑŃŅŇ': 'N',
        'ÒÓÔÕÖØŌŎŐƠỌỎỐỒỔỖỘỚỜỞỠỢ': 'O', 'ŔŖŘ': 'R', 'ŚŜŞŠȘ': 'S', 'ŢŤŦȚ': 'T',
        'ÙÚÛÜŨŪŬŮŰŲƯỤỦỨỪỬỮỰ': 'U', 'Ŵ': 'W', 'ÝŶŸỲỴỶỸ': 'Y', 'ŹŻŽ': 'Z',
        '0123456789.,;:/()_+*-': ' '
    } -%}
    {#- What has no Latin counterpart is deleted: marks that are characters of their own,
        and apostrophes. -#}
    {%- set deleted = '\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c'
        ~ '\u031b\u0323\u0327\u0328\u2019\u2018`' -%}
    {%- set letters = folded.keys() | join -%}
    {%- set plain = namespace(letters='') -%}
    {%- for marked, letter in folded.items() -%}
        {%- set plain.letters = plain.letters ~ letter * (marked | length) -%}
    {%- endfor -%}
    {#- Capitals are enough for plain letters; folding costs ten times as much. -#}
    case
        when {{ replace_all(column, '[A-Za-z]+', '') }} = ''
            then nullif(upper({{ column }}), '')
        else
            nullif(
                trim(
                    {{ replace_all(
                        "translate(replace(replace(replace(replace(replace(upper("
                        ~ column ~ "), 'ß', 'SS'), 'ẞ', 'SS'), 'Æ', 'AE'), 'Œ', 'OE'), "
                        ~ "'Þ', 'TH'), '" ~ letters ~ deleted ~ "''', '"
                        ~ plain.letters ~ "')",
                        ' +',
                        ' '
                    ) }}
                ),
                ''
            )
    end
{%- endmacro %}
