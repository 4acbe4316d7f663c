-- One order that was packed yesterday, and one that the worker packs when it starts.
insert into orders (id, sku, quantity, total, currency, status, charge, customer, placed_at, packed_at) values
    ('00000000-0000-4000-8000-000000000001', 'lamp', 2, 9900, 'EUR', 'packed', 'ch_seed_1', 'c-1', now() - interval '1 day', now() - interval '23 hours'),
    ('00000000-0000-4000-8000-000000000002', 'chair', 4, 49020, 'EUR', 'paid', 'ch_seed_2', 'c-2', now() - interval '1 hour', null);
