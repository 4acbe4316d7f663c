create table discounts (
    sku            text not null,
    from_quantity  integer not null check (from_quantity > 1),
    percent        integer not null check (percent between 1 and 90),
    primary key (sku, from_quantity)
);
