-- Choices by hash: the same seed and the same number always choose the same.
create or replace temp macro roll(n, salt, sides) as
    (hash(n::bigint, salt, getvariable('seed')::bigint) % sides)::bigint;
create or replace temp macro chance(n, salt, percent) as
    roll(n, salt, 1000) < percent * 10;
create or replace temp macro pick(choices, n, salt) as
    choices[1 + roll(n, salt, len(choices))];

-- Stamps: over the two years before stamps_end; a third of the records came in loads of fifty with one stamp.
create or replace temp macro created_at(n, salt) as
    getvariable('stamps_end')::timestamp
    - to_seconds(3600 + roll(if(n % 150 < 50, n // 50, n), salt || ' created', 62985600));
create or replace temp macro modified_at(n, salt) as
    created_at(n, salt) + to_seconds((
        epoch(getvariable('stamps_end')::timestamp) - epoch(created_at(n, salt)))::bigint
        * roll(if(n % 150 < 50, n // 50, n), salt || ' modified', 1000) // 1000);
-- A nightly count moves the stamp and not the date of the last edit.
create or replace temp macro stamped_at(n, salt) as
    case when chance(n, salt || ' counted', 10)
        then greatest(modified_at(n, salt),
            getvariable('stamps_end')::timestamp - to_days(roll(n, salt || ' night', 60)::int) - interval 19 hour)
        else modified_at(n, salt) end;
create or replace temp macro some_user(n, salt) as user_id(getvariable('first_generated') + roll(n, salt, 8));

-- The first sixty schools are in the first twelve districts, however many there are.
create or replace temp macro district_of(school) as
    school % if(school < 60, 12, getvariable('districts_count'));
create or replace temp macro district_name(n) as
    if(n < 12, getvariable('districts')[1 + n].name, 'Invented District ' || n);
create or replace temp macro district_code(n) as
    if(n < 12, getvariable('districts')[1 + n].code, 'INV-' || n);
