namespace Pipelines.Cli.Tests;

// The same commands, typed against the API of a console: what they say is the same.

public sealed class RunOverServerTests(TestServer server) : RunTests(server)
{
    protected override bool OverServer => true;
}

public sealed class ControlOverServerTests(TestServer server) : ControlTests(server)
{
    protected override bool OverServer => true;
}

public sealed class BackfillOverServerTests(TestServer server) : BackfillTests(server)
{
    protected override bool OverServer => true;
}

public sealed class AssetOverServerTests(TestServer server) : AssetTests(server)
{
    protected override bool OverServer => true;
}

public sealed class NotificationOverServerTests(TestServer server) : NotificationTests(server)
{
    protected override bool OverServer => true;
}

public sealed class ScheduleOverServerTests(TestServer server) : ScheduleTests(server)
{
    protected override bool OverServer => true;
}

public sealed class AccessOverServerTests(TestServer server) : AccessTests(server)
{
    protected override bool OverServer => true;
}
