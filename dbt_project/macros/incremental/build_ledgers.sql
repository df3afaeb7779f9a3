{#
    What builds remember of each other, in the schema staging; docs/explanation/incremental-builds.md.

    staged_loads: which loads each staging model holds, and which are due (staged_at is null).
    held_back: which versions were set aside when a staging model was built, so that a changed verdict is seen.
    changed_records: what changed in a model, numbered in the order of the builds; a null record means every one.
    built_models: up to which number of each of its inputs a model was built, and from which code.
    model_fingerprints: the code that a model should be built from, written by the transform stage.
    scope: empty, except inside the transaction of a model that is being built of some units; scope.sql.
    built_nodes: what the whole project was built from when it was last complete, written by the transform stage.
#}
{% macro create_build_ledgers() %}
    create schema if not exists {{ schema_of("staging") }};
    create sequence if not exists {{ schema_of("staging") }}.change_numbers;
    create table if not exists {{ schema_of("staging") }}.staged_loads (
        model_name text not null,
        load_id text not null,
        staged_at timestamptz
    );
    create table if not exists {{ schema_of("staging") }}.held_back (
        model_name text not null,
        record_id text not null,
        version text not null
    );
    create table if not exists {{ schema_of("staging") }}.changed_records (
        model_name text not null,
        record_id text,
        change_number bigint
    );
    create table if not exists {{ schema_of("staging") }}.scope (
        kind text not null,
        unit text not null
    );
    create table if not exists {{ schema_of("staging") }}.built_models (
        model_name text not null,
        input_name text not null,
        fingerprint text,
        built_through bigint not null
    );
    create table if not exists {{ schema_of("staging") }}.model_fingerprints (
        model_name text not null,
        fingerprint text not null
    );
    create table if not exists {{ schema_of("staging") }}.built_nodes (
        node_name text not null,
        state_key text not null,
        warnings bigint
    )
{% endmacro %}


{# True for a model that is built of what changed, while it is being built. #}
{% macro keeps_a_past() %}
    {%- do return(execute and graph.nodes and model.config.materialized == "incremental") -%}
{% endmacro %}


{# Before a model of its own past is built: when it starts from nothing, every record of it changes. #}
{% macro note_rebuild() %}
    {%- if keeps_a_past() and not is_incremental() -%}
        delete from {{ schema_of("staging") }}.changed_records
        where model_name = '{{ this.identifier }}';
        insert into {{ schema_of("staging") }}.changed_records (model_name)
        values ('{{ this.identifier }}')
    {%- endif -%}
{% endmacro %}


{# After it, in the same transaction: what changed gets its numbers, and the model says how far it got. #}
{% macro remember_build() %}
    {%- if keeps_a_past() -%}
        update {{ schema_of("staging") }}.changed_records
        set change_number = nextval('{{ schema_of("staging") }}.change_numbers')
        where model_name = '{{ this.identifier }}' and change_number is null;
        delete from {{ schema_of("staging") }}.built_models
        where model_name = '{{ this.identifier }}'
        ;
        {%- for input in [""] + build_inputs() %}
            insert into {{ schema_of("staging") }}.built_models (model_name, input_name, fingerprint, built_through)
            select
                '{{ this.identifier }}',
                '{{ input }}',
                (
                    select min(fingerprint)
                    from {{ schema_of("staging") }}.model_fingerprints
                    where model_name = '{{ this.identifier }}'
                ),
                coalesce(max(change_number), 0)
            from {{ schema_of("staging") }}.changed_records
            where model_name = '{{ input }}';
        {%- endfor %}
    {%- endif -%}
{% endmacro %}


{#
    True when the model's table, if there is one, is of another model than this: dbt then makes it anew, as with
    --full-refresh. Takes the place of dbt's own macro.
#}
{% macro should_full_refresh() %}
    {%- set asked = config.get("full_refresh") -%}
    {%- if asked is none -%} {%- set asked = flags.FULL_REFRESH -%} {%- endif -%}
    {%- do return(asked or (keeps_a_past() and is_of_other_code())) -%}
{% endmacro %}


{% macro is_of_other_code() %}
    {%- set found -%}
        select
            (select count(*) from {{ schema_of("staging") }}.built_models where model_name = '{{ this.identifier }}') as built,
            (select min(fingerprint) from {{ schema_of("staging") }}.built_models where model_name = '{{ this.identifier }}') as was,
            (select min(fingerprint) from {{ schema_of("staging") }}.model_fingerprints where model_name = '{{ this.identifier }}') as is_now
    {%- endset -%}
    {%- set row = run_query(found).rows[0] -%}
    {%- do return(row[0] == 0 or row[1] != row[2]) -%}
{% endmacro %}


{#
    Models with a past of their own that lie before this one, the nearest on each way: staging models and
    incremental ones. Of a model that reads what landed directly, the staging model of that object is one too.
#}
{% macro build_inputs() %}
    {%- set found = [] -%}
    {%- set seen = [] -%}
    {%- set waiting = model.depends_on.nodes | list -%}
    {%- for _ in range(1000) if waiting -%}
        {%- set key = waiting.pop() -%}
        {%- if key not in seen -%}
            {%- do seen.append(key) -%}
            {%- set node = graph.nodes.get(key) -%}
            {%- if node and node.config.materialized == "incremental" -%}
                {%- do found.append(node.name) -%}
            {%- elif node -%} {%- do waiting.extend(node.depends_on.nodes) -%}
            {%- elif key in graph.sources and graph.sources[
                key
            ].source_name == "salesforce" and model.schema != schema_of("staging") -%}
                {%- do found.append(staging_model_of(key)) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(found | unique | sort) -%}
{% endmacro %}


{% macro staging_model_of(source) %}
    {%- for node in graph.nodes.values() if node.schema == schema_of("staging") and source in node.depends_on.nodes -%}
        {%- do return(node.name) -%}
    {%- endfor -%}
{% endmacro %}


{# PostgreSQL finds a record by an index, and plans by statistics, neither of which a new table has. #}
{% macro index_key() %} {{- adapter.dispatch("index_key")() -}} {% endmacro %}


{% macro default__index_key() %} {% endmacro %}


{% macro postgres__index_key() %}
    {%- if keeps_a_past() and not is_incremental() -%}
        create index on {{ this }} (({{ model.config.meta.unit or config.get("unique_key") }}));
        analyze {{ this }}
    {%- endif -%}
{% endmacro %}
