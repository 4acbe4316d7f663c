-- A month of orders for a walk through the list: one a day, customers and items in turn.
insert into orders (sku, quantity, total, currency, status, charge, customer, placed_at, packed_at)
select (array['lamp', 'chair', 'desk'])[1 + day % 3],
       1 + day % 4,
       (array[4950, 12900, 34900])[1 + day % 3] * (1 + day % 4),
       'CHF',
       'packed',
       'ch_demo_' || day,
       (array['museum', 'hotel', 'school', 'studio'])[1 + day % 4],
       now() - make_interval(days => day),
       now() - make_interval(days => day, hours => -5)
from generate_series(1, 30) as day;
