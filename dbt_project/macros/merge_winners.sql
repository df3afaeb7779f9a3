{#
    Every record that was merged into another and the one that is left of them, through several merges: a model's
    body. `model` is the staging model, `id` its key.
#}
{% macro merge_winners(model, id) %}
    with recursive

        losers as (

            select {{ id }} as loser_id, master_record_id
            from {{ ref(model) }}
            where master_record_id is not null

        ),

        merges as (

            select loser_id, master_record_id as winner_id, 1 as step
            from losers

            union all

            select merges.loser_id, losers.master_record_id as winner_id, merges.step + 1 as step
            from merges
            inner join losers on losers.loser_id = merges.winner_id
            where merges.step < 20

        ),

        ranked as (

            select
                loser_id,
                winner_id,
                row_number() over (partition by loser_id order by step desc) as closeness
            from merges

        )

    select loser_id, winner_id
    from ranked
    where closeness = 1
{% endmacro %}
