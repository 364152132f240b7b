namespace Pipelines.Postgres.Embedded;

/// <summary>What the private server is set to; rewritten before every start, so a new release may change its mind.</summary>
static class ClusterSettings
{
    public const string FileName = "pipelines.conf";

    public static string For(ClusterPlace place, int port) => $"""
        # Written by Pipelines at every start: put your own settings into postgresql.conf, below the line that includes this file.
        {(OperatingSystem.IsWindows() ? "listen_addresses = '127.0.0.1'" : $"listen_addresses = ''\nunix_socket_directories = '{place.SocketDirectory}'\nunix_socket_permissions = 0700")}
        port = {port}
        cluster_name = 'pipelines'

        # Every acknowledged transition survives a power failure.
        fsync = on
        synchronous_commit = on
        full_page_writes = on
        # Many short transactions: few checkpoints, and room in the log buffers for all of them to commit together.
        max_wal_size = '2GB'
        min_wal_size = '256MB'
        wal_buffers = '16MB'
        checkpoint_timeout = '15min'
        shared_buffers = '256MB'
        max_connections = 200

        # Queue tables turn over completely within minutes.
        autovacuum_naptime = '10s'
        # Every statement is short: compiling it, or spreading it over processes, costs more than it saves. (Parallel workers would
        # also need more shared memory than a container usually grants.)
        jit = off
        max_parallel_workers_per_gather = 0
        random_page_cost = 1.1

        # A host that vanished should not hold its locks for two hours.
        tcp_keepalives_idle = 60
        tcp_keepalives_interval = 10
        tcp_keepalives_count = 6

        # The one zone that needs no zone database; messages in the language our error lines are in.
        timezone = 'GMT'
        log_timezone = 'GMT'
        lc_messages = 'C'
        log_destination = 'stderr'
        logging_collector = off
        log_line_prefix = '%m [%p] '

        """;
}
