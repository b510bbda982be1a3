with counts as (
    select * from {{ ref('int_quality__linkage_counts') }}
),

limits as (
    select * from {{ ref('int_quality__linkage_limits') }}
)

select
    md5(counts.feed || '|' || counts.breakdown || '|' || counts.category)
        as linkage_quality_id,
    counts.feed,
    counts.breakdown,
    counts.category,
    counts.record_count,
    counts.verified_nhs_number_count,
    counts.verified_local_number_count,
    counts.probability_count,
    counts.same_local_number_count,
    counts.matching_records_count,
    counts.steward_count,
    counts.own_person_count,
    counts.blind_count,
    counts.linked_count / cast(counts.record_count as double) as linked_share,
    limits.linked_share_lower,
    limits.linked_share_upper,
    limits.estimated_precision,
    limits.estimated_precision_lower,
    limits.estimated_precision_upper,
    limits.estimated_recall,
    limits.estimated_recall_lower,
    limits.estimated_recall_upper
from counts
inner join limits
    on
        counts.feed = limits.feed
        and counts.breakdown = limits.breakdown
        and counts.category = limits.category
