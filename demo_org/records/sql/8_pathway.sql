select
    getvariable('first_generated') + range as n,
    coalesce(getvariable('pathway_names')[1 + range], 'Pathway ' || (range + 1)) as "Name"
from range(getvariable('pathways'))
