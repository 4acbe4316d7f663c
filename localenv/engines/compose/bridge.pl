# Stands in for a service that runs on the machine of the developer: a connection of another container to one of its
# ports is joined with one that localenv has opened from there, so that no packet has to get from a container to that
# machine. Core modules only. Arguments: the tunnel's port, then the service's; TOKEN admits to the tunnel.
use strict;
use warnings;
use Errno qw(EAGAIN EWOULDBLOCK EINTR);
use IO::Socket::INET;

my ($CHUNK, $FULL, $PING, $PATIENCE, $HELLO) = (65536, 1 << 18, 20, 20, 5);
my ($tunnel, @ports) = @ARGV;
my $token = $ENV{TOKEN};
my (%at, @idle, @waiting);    # connections by descriptor; those of the pool; clients without a partner

$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = $SIG{INT} = sub { exit 0 };
for my $port ($tunnel, @ports) {
    my $socket = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => $port, Listen => 512, ReuseAddr => 1)
      or die "cannot listen on port $port: $!\n";
    add($socket, kind => 'listener', port => $port);
}
my $pinged = time;
serve() while 1;

sub add {
    my ($socket, %more) = @_;
    $socket->blocking(0);
    return $at{ fileno $socket } = { socket => $socket, out => '', since => time, %more };
}

sub serve {
    my ($read, $write) = ('', '');
    for my $one (values %at) {
        my $number = fileno $one->{socket};
        vec($write, $number, 1) = 1 if length $one->{out};
        vec($read, $number, 1) = 1 if wanted($one);
    }
    if (select($read, $write, undef, 1) > 0) {
        for my $number (keys %at) {
            flush_out($at{$number}) if vec($write, $number, 1) && $at{$number};
            take($at{$number}) if vec($read, $number, 1) && $at{$number};
        }
    }
    tidy();
}

sub wanted {
    my ($one) = @_;
    return 0 if $one->{ended} || $one->{kind} eq 'waiting';
    return $one->{kind} ne 'pair' || length $one->{partner}{out} < $FULL;
}

sub take {
    my ($one) = @_;
    return accepted($one) if $one->{kind} eq 'listener';
    my $chunk;
    my $got = sysread $one->{socket}, $chunk, $CHUNK;
    if (!defined $got) {
        return if $! == EAGAIN || $! == EWOULDBLOCK || $! == EINTR;
        return reset_both($one);
    }
    if ($one->{kind} eq 'pair') {
        $one->{ended} = 1 unless $got;
        $one->{partner}{out} .= $chunk if $got;
        return flush_out($one->{partner});
    }
    return drop($one) unless $got;
    greet($one, $chunk) if $one->{kind} eq 'new';
}

sub accepted {
    my ($listener) = @_;
    while (my $socket = $listener->{socket}->accept) {
        setsockopt $socket, 6, 1, 1;    # TCP_NODELAY
        if ($listener->{port} == $tunnel) {
            add($socket, kind => 'new', in => '');
        }
        else {
            push @waiting, add($socket, kind => 'waiting', port => $listener->{port});
        }
    }
    join_all();
}

sub greet {    # a connection to the tunnel has to begin with the token
    my ($one, $chunk) = @_;
    $one->{in} .= $chunk;
    return length $one->{in} > 200 ? drop($one) : undef unless $one->{in} =~ /\n/;
    return drop($one) unless $one->{in} eq "$token\n";
    $one->{kind} = 'idle';
    $one->{out} = "\n";
    push @idle, $one;
    join_all();
    flush_out($one);
}

sub join_all {
    while (@waiting && @idle) {
        my ($client, $far) = (shift @waiting, shift @idle);
        $far->{out} .= "$client->{port}\n";
        $_->{kind} = 'pair' for $client, $far;
        ($client->{partner}, $far->{partner}) = ($far, $client);
        flush_out($far);
    }
}

sub flush_out {
    my ($one) = @_;
    while (length $one->{out}) {
        my $sent = syswrite $one->{socket}, $one->{out}, $CHUNK;
        if (!defined $sent) {
            return if $! == EAGAIN || $! == EWOULDBLOCK || $! == EINTR;
            return reset_both($one);
        }
        substr $one->{out}, 0, $sent, '';
    }
    my $partner = $one->{partner} or return;
    if ($partner->{ended} && !$one->{shut}) {
        $one->{shut} = 1;
        shutdown $one->{socket}, 1;
    }
    if ($one->{shut} && $partner->{shut}) { drop($_) for $one, $partner }
}

sub reset_both {    # a reset of one side is a reset of the other
    my ($one) = @_;
    my @both = ($one, $one->{partner} // ());
    for my $side (@both) {
        setsockopt $side->{socket}, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
        drop($side);
    }
}

sub drop {
    my ($one) = @_;
    my $number = fileno $one->{socket};
    return unless defined $number;
    delete $at{$number};
    @idle = grep { $_ != $one } @idle;
    @waiting = grep { $_ != $one } @waiting;
    close $one->{socket};
    delete $one->{partner};
}

sub tidy {
    my $now = time;
    my @all = values %at;
    for my $one (@all) {
        my $limit = { new => $HELLO, waiting => $PATIENCE }->{ $one->{kind} } or next;
        reset_both($one) if $now - $one->{since} > $limit;
    }
    if ($now - $pinged >= $PING) {    # shows connections that have died unnoticed, and keeps the others alive
        $pinged = $now;
        my @pool = @idle;
        for my $one (@pool) {
            $one->{out} .= "\n";
            flush_out($one);
        }
    }
}
