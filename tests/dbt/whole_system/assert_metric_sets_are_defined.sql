{%- set wanted = var('bcf_metric_sets') | unique | list -%}
select count(distinct metric_set_year) as defined_metric_sets
from {{ ref('bcf_metrics') }}
where metric_set_year in ({{ text_list(wanted) }})
having count(distinct metric_set_year) < {{ wanted | length }}
