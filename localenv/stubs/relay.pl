# The relay in the container of a stub server: it starts the server, and forwards the ports of all upstreams to it.
#
# Arguments: the gate (`held` or `open`), the server's port, the header that tells the server the upstream of a request,
# and the routes, separated by blanks; then the server's command. A route is `PORT>UPSTREAM`, or `PORT>UPSTREAM>PATTERN`
# for a port that several upstreams share: those are told apart by the Host header, and a request for none of them gets
# the upstream `?`. Of copies for workers (`pay.w1`) the client's own is meant, which the name of its container tells, and
# `?.w1` is a request of worker 1 for none of them. The route `PORT>` passes unchanged, and is never held. A held gate
# opens on a request for `/__admin/localenv/open`, which clients of the other routes wait for; a restarted container
# stays open, unless its server ran out of memory: what starts that again loads its stubs, and opens the gate. A
# half-closed connection stays half open, and a reset stays a reset, so that every fault of a stub passes
# unchanged.
use strict;
use warnings;
use Errno qw(EAGAIN EINPROGRESS EINTR);
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use POSIX qw(WNOHANG);
use Socket qw(:DEFAULT IPPROTO_TCP TCP_NODELAY);

my ($gate, $server, $header, $routes, @command) = @ARGV;
my $CHUNK = 1 << 16;
my $LONGEST = 1 << 20;    # bytes of a request's head, or of a line of its body
my $MOST = 1 << 18;       # bytes that wait to be sent
my $PATIENCE = 120;       # seconds until a held gate opens by itself
my $PAUSE = 1;            # seconds between two looks at the server's process
my $OPENED = '/tmp/localenv-open';
my ($ROOT, $BODIES) = ('/home/wiremock', '/tmp/localenv-bodies');
my @OUT_OF_MEMORY = (3, 137);    # the codes of a server that ends for this: its own, and by the kernel

my (%routes, @ports, %listening, %ends);
for my $route (split / /, $routes) {
    my ($port, $name, $pattern) = split />/, $route, 3;
    push @ports, $port unless $routes{$port};
    push @{$routes{$port}}, [$name // '', defined $pattern ? qr/\A(?:$pattern)\z/i : undef];
}
my $has_copies = grep { $_->[0] =~ /\.w\d+\z/ } map { @$_ } values %routes;
my $is_held = $gate eq 'held' && !-e $OPENED;
my $opens = $is_held ? time + $PATIENCE : 0;

$SIG{PIPE} = 'IGNORE';
$SIG{CHLD} = sub { };    # interrupts waiting
$SIG{TERM} = $SIG{INT} = sub { POSIX::_exit(143) };
listening($_) for @ports;
my $child = fork // die "cannot start the stub server: $!";
if (!$child) {
    $SIG{$_} = 'DEFAULT' for qw(PIPE CHLD TERM INT);
    set_bodies_apart();
    exec { $command[0] } @command or die "cannot start $command[0]: $!";
}
while (1) {
    while ((my $ended = waitpid(-1, WNOHANG)) > 0) {
        leaving($? & 127 ? 128 + ($? & 127) : $? >> 8) if $ended == $child;
    }
    serve();
}

# WireMock answers a request that no stub matches with a file of that name, and with 403 if that is a folder, such as `/`.
# It does not do this where its folder of bodies is a link that leads out of its root.
sub set_bodies_apart {
    return unless -d $ROOT and (rmdir "$ROOT/__files" or !-e "$ROOT/__files");
    mkdir $BODIES;
    symlink $BODIES, "$ROOT/__files";
}

sub leaving {
    my ($code) = @_;
    unlink $OPENED if grep { $code == $_ } @OUT_OF_MEMORY;    # the next server has no stubs at first
    exit $code;
}

sub listening {
    my ($port) = @_;
    socket(my $opened, AF_INET, SOCK_STREAM, 0) or die "socket: $!";
    setsockopt($opened, SOL_SOCKET, SO_REUSEADDR, 1);
    bind($opened, pack_sockaddr_in($port, INADDR_ANY)) or die "cannot listen on port $port: $!";
    listen($opened, 512) or die "cannot listen on port $port: $!";
    unblocked($opened);
    $listening{fileno $opened} = {socket => $opened, port => $port, is_free => $routes{$port}[0][0] eq ''};
}

sub serve {
    opening() if $is_held && time >= $opens;
    my ($in, $out) = ('', '');
    for my $one (keys %listening) {
        vec($in, $one, 1) = 1 if $listening{$one}{is_free} || !$is_held;
    }
    for my $one (keys %ends) {
        my $end = $ends{$one};
        vec($in, $one, 1) = 1 if !$end->{is_read} && !$end->{is_connecting} && length $end->{peer}{waiting} < $MOST;
        vec($out, $one, 1) = 1 if length $end->{waiting} || $end->{is_connecting};
    }
    my $found = select($in, $out, undef, $PAUSE);
    return if $found <= 0;
    for my $one (keys %listening) {
        accepted($listening{$one}) if vec($in, $one, 1);
    }
    for my $one (keys %ends) {
        my $end = $ends{$one} or next;
        connected($end) if $end->{is_connecting} && vec($out, $one, 1);
        sending($end) if vec($out, $one, 1) && !$end->{is_gone};
        reading($end) if vec($in, $one, 1) && !$end->{is_gone};
    }
}

sub opening {
    $is_held = 0;
    open(my $mark, '>', $OPENED);
}

sub accepted {
    my ($route) = @_;
    while (my $address = accept(my $client, $route->{socket})) {
        socket(my $onward, AF_INET, SOCK_STREAM, 0) or return;
        unblocked($_) for $client, $onward;
        setsockopt($_, IPPROTO_TCP, TCP_NODELAY, 1) for $client, $onward;
        my $near = {socket => $client, waiting => ''};
        my $far = {socket => $onward, waiting => '', peer => $near};
        $near->{peer} = $far;
        $near->{marking} = {%$route{qw(port is_free)}, address => $address, pending => '', left => 0, step => 'head'};
        $ends{fileno $_->{socket}} = $_ for $near, $far;
        next if connect($onward, pack_sockaddr_in($server, INADDR_LOOPBACK));
        $! == EINPROGRESS ? $far->{is_connecting} = 1 : broken($near);
    }
}

sub connected {
    my ($end) = @_;
    $end->{is_connecting} = 0;
    my $failed = unpack 'i', getsockopt($end->{socket}, SOL_SOCKET, SO_ERROR);
    broken($end) if $failed;
}

sub reading {
    my ($end) = @_;
    my $count = sysread($end->{socket}, my $chunk, $CHUNK);
    if (!defined $count) {
        broken($end) unless $! == EAGAIN || $! == EINTR;
        return;
    }
    my $marking = $end->{marking};
    if ($count) {
        $chunk = marked($marking, $chunk) if $marking;
    } else {
        $end->{is_read} = 1;
        $chunk = $marking ? $marking->{pending} : '';
    }
    $end->{peer}{waiting} .= $chunk;
    sending($end->{peer}) unless $end->{peer}{is_connecting};
}

# Send what waits; at the end of the input of the other side, close this half.
sub sending {
    my ($end) = @_;
    while (length $end->{waiting}) {
        my $count = syswrite($end->{socket}, $end->{waiting});
        if (!defined $count) {
            broken($end) unless $! == EAGAIN || $! == EINTR;
            return;
        }
        substr($end->{waiting}, 0, $count, '');
    }
    return unless $end->{peer}{is_read} && !$end->{is_shut};
    $end->{is_shut} = 1;
    shutdown($end->{socket}, 1);
    gone($end) if $end->{peer}{is_shut};
}

sub broken {
    my ($end) = @_;
    setsockopt($_->{socket}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0)) for $end, $end->{peer};
    gone($end);
}

sub gone {
    my ($end) = @_;
    for my $one ($end, $end->{peer}) {
        delete $ends{fileno $one->{socket}};
        close $one->{socket};
        $one->{is_gone} = 1;
    }
    delete $end->{peer}{peer};    # they refer to one another
}

sub unblocked {
    my ($opened) = @_;
    fcntl($opened, F_SETFL, fcntl($opened, F_GETFL, 0) | O_NONBLOCK);
}

# The bytes to forward for a chunk: each request with the header; anything other than HTTP/1 passes unchanged.
sub marked {
    my ($state, $chunk) = @_;
    my $data = $state->{pending} . $chunk;
    my $passed = '';
    $state->{pending} = '';
    while (length $data) {
        if ($state->{left}) {
            my $size = $state->{left} < 0 || $state->{left} > length $data ? length $data : $state->{left};
            $passed .= substr($data, 0, $size, '');
            $state->{left} -= $size if $state->{left} > 0;
        } elsif ($state->{step} eq 'head') {
            $passed .= $1 and next if $data =~ s/\A((?:\r?\n)+)//;
            my $is_begun = $data =~ /\A(?!CONNECT )[!-~]+ [^\r\n]+ HTTP\/1\.[01]\r?\n/;
            if ($data =~ /\A[^\t\r\n -~]/ || length $data > $LONGEST || !$is_begun && $data =~ /\n/) {
                $state->{left} = -1;
            } elsif ($data =~ /\r?\n\r?\n/) {
                $passed .= head($state, substr($data, 0, $+[0], ''));
            } else {
                last;
            }
        } elsif ($data =~ s/\A(.*?\n)//) {
            $passed .= $1;
            part($state, $1);
        } elsif (length $data > $LONGEST) {
            $state->{left} = -1;
        } else {
            last;
        }
    }
    $state->{pending} = $data;
    return $passed;
}

# The head of a request, with the header of its upstream instead of one that came along.
sub head {
    my ($state, $head) = @_;
    my $is_chunked = $head =~ /^transfer-encoding:.*chunked/mi;
    $state->{left} = !$is_chunked && $head =~ /^content-length:[ \t]*(\d+)[ \t]*\r?$/mi ? $1 : 0;
    $state->{step} = $is_chunked ? 'chunk' : 'head';
    opening() if $state->{is_free} && $head =~ /\A\S+ \/__admin\/localenv\/open /;
    return $head if $state->{is_free};
    $head =~ s/^\Q$header\E[ \t]*:.*\n//mig;
    my $name = upstream($state, $head =~ /^host:[ \t]*(.*?)[ \t]*\r?$/mi ? $1 : '');
    $head =~ s/\n/\n$header: $name\r\n/;
    return $head;
}

# A line of a chunked body: the size of a chunk, or a trailer.
sub part {
    my ($state, $line) = @_;
    if ($state->{step} eq 'trailer') {
        $state->{step} = 'head' unless $line =~ /\S/;
    } elsif ($line !~ /\A([0-9A-Fa-f]{1,15})/) {
        $state->{left} = -1;
    } elsif (my $size = hex $1) {
        $state->{left} = $size + 2;
    } else {
        $state->{step} = 'trailer';
    }
}

sub upstream {
    my ($state, $host) = @_;
    my @routes = @{$routes{$state->{port}}};
    my $worker = defined $routes[0][1] && $has_copies ? $state->{worker} //= worker($state->{address}) : '';
    for my $route (@routes) {
        my ($name, $pattern) = @$route;
        next if defined $pattern && $host !~ $pattern;
        return (grep { $_->[0] eq "$name$worker" } @routes) ? "$name$worker" : $name;
    }
    return "?$worker";
}

# `.w1` for a container of worker 1, empty for all others.
sub worker {
    my ($address) = @_;
    my $name = gethostbyaddr((unpack_sockaddr_in($address))[1], AF_INET) // '';
    return $name =~ /(\.w[0-9]+)[.-]/ ? $1 : '';
}
