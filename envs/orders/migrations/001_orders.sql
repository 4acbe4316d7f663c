create table customers (
    id     text primary key,
    name   text not null,
    email  text not null unique,
    city   text
);

create table orders (
    id         uuid primary key default gen_random_uuid(),
    sku        text not null,
    quantity   integer not null check (quantity > 0),
    total      integer not null check (total >= 0),  -- in cents
    currency   char(3) not null,
    status     text not null check (status in ('paid', 'packed')),
    charge     text not null unique,
    customer   text references customers (id),
    placed_at  timestamptz not null default now(),
    packed_at  timestamptz
);

create index orders_latest on orders (placed_at desc);
create index orders_to_pack on orders (placed_at) where status = 'paid';
