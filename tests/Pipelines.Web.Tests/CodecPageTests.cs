using System.Net;
using System.Text.Json.Nodes;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Postgres;

namespace Pipelines.Web.Tests;

/// <summary>A console without keys: what is encrypted it says to be, on every page, and passes on to programs as it is.</summary>
public sealed class CodecPageTests(TestServer server) : ConsoleFixture(server)
{
    private const string Secret = "UA213223130000026007233566001";
    private readonly string _file = Path.GetTempFileName();
    private string _key = "";
    private Payloads _payloads = Payloads.None;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        (_key, var line) = PayloadKeyRing.Make(new DateOnly(2026, 11, 1));
        await File.WriteAllTextAsync(_file, line);
        _payloads = new Payloads(new AesGcmCodec(_file));
    }

    public override async Task DisposeAsync()
    {
        File.Delete(_file);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Pages_say_that_it_is_encrypted_and_with_which_key()
    {
        var log = await SampleLog.StartAsync(World);
        var run = log.Key.RunId;
        var whole = _payloads.Encode($"\"{Secret}\"");
        await World.ExecuteAsync("update dag_run set arguments = jsonb_build_object('day', 3, 'iban', $2::jsonb) where run_id = $1", run, whole);
        await World.ExecuteAsync("update task_instance set output = $2::jsonb where run_id = $1 and task_no = 0", run, whole);
        await World.ExecuteAsync(
            "insert into task_step(run_id, task_no, map_index, kind, name, since, attempt, state, tries, started_at, finished_at, output) select run_id, task_no, map_index, 's', 'ask', first_started_at, attempt, 's', 1, now(), now(), $2::jsonb from task_instance where run_id = $1 and task_no = 0", run, whole);
        await World.ExecuteAsync("insert into task_value select run_id, task_no, map_index, 'v', 'iban', first_started_at, attempt, clock_timestamp(), $2::jsonb from task_instance where run_id = $1 and task_no = 0", run, whole);
        foreach (var (page, times) in new[] { ($"/runs/{run}?tab=arguments", 2), ($"/runs/{run}/tasks/load?tab=io", 2), ($"/runs/{run}/tasks/load?tab=steps", 1), ($"/runs/{run}/tasks/load", 1) })
        {
            var text = (await PageAsync(page)).Value;
            Assert.True(text.Split($"encrypted with key {_key}").Length > times, page);
            Assert.DoesNotContain("$enc", text, StringComparison.Ordinal);
        }

        var api = JsonNode.Parse(await Http.GetStringAsync(new Uri($"/api/v1/runs/{run}", UriKind.Relative)))!;
        Assert.Equal(3, (int)api["arguments"]!["day"]!);
        Assert.Equal($"\"{Secret}\"", _payloads.Decode(api["arguments"]!["iban"]!.ToJsonString(), "it"));
    }

    [Fact]
    public async Task Who_decides_is_told_where_the_evidence_can_be_read()
    {
        var runs = await SampleLedger.MakeAsync(World);
        Assert.DoesNotContain("has no key", (await PageAsync($"/approvals/{runs[0]}/{SampleLedger.Task}")).Value, StringComparison.Ordinal);
        await World.ExecuteAsync("update approval set evidence = $2::jsonb where run_id = $1", runs[0], _payloads.Encode($"[{{\"iban\":\"{Secret}\"}}]"));
        var text = (await PageAsync($"/approvals/{runs[0]}/{SampleLedger.Task}")).Value;
        Assert.Contains($"encrypted with key {_key}", text, StringComparison.Ordinal);
        Assert.Contains($"pipelines approvals show {runs[0]} {SampleLedger.Task}", text, StringComparison.Ordinal);
        await World.ExecuteAsync("update approval set map_index = 3 where run_id = $1", runs[0]);
        Assert.Contains($"pipelines approvals show {runs[0]} {SampleLedger.Task} --map 3", (await PageAsync($"/approvals/{runs[0]}/{SampleLedger.Task}/3")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_is_not_filled_with_what_the_console_cannot_read()
    {
        await World.RegisterAsync(World.Chain("mart", "load") with { Arguments = JsonNode.Parse(TriggerTests.Schema) });
        await using var db = new Db(World.Db.ConnectionString) { Payloads = _payloads };
        await new PostgresOperations(db).StartRunAsync(new NewRun("mart") { Arguments = """{"lookbackDays":45,"label":"copied"}""" }, "test", CancellationToken.None);
        var page = await PageAsync("/dags/mart/trigger?from=1");
        Assert.Contains("copied from run 1, without what is encrypted: label, lookbackDays", page.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(_key, page.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_that_the_console_cannot_read_stays_as_who_approved_first_has_filled_it_in()
    {
        var runs = await SampleLedger.MakeAsync(World);
        var form = _payloads.Encode("""{"period": "2026-02"}""");
        await World.Operations.DecideAsync(new NewDecision(runs[0], SampleLedger.Task, true) { Form = form }, "web:ann", default);
        var url = $"/approvals/{runs[0]}/{SampleLedger.Task}";
        Assert.Contains("filled in already, and this console has no key for it", (await PageAsync(url)).Value, StringComparison.Ordinal);
        using var bob = FormPress.Browser(Http.BaseAddress!, await World.SignInAsync("bob", 'o'));
        await bob.PressAsync(url, "Approve and continue");
        var used = await World.OneAsync("select (output -> 'form')::text from task_instance where run_id = $1 and task_no = 2", row => row.GetString(0), runs[0]);
        Assert.Equal("2026-02", (string?)JsonNode.Parse(_payloads.Decode(used, "it"))!["period"]);
    }

    [Fact]
    public async Task Programs_send_what_they_have_encrypted_themselves()
    {
        await World.RegisterAsync(World.Chain("mart", "load") with { Arguments = JsonNode.Parse(TriggerTests.Schema) });
        using var content = new StringContent($$$"""{"arguments":{"label":{{{_payloads.Encode("\"hush\"")}}}}}""", System.Text.Encoding.UTF8, "application/json");
        Http.DefaultRequestHeaders.Add("Origin", Http.BaseAddress!.GetLeftPart(UriPartial.Authority));
        using var answer = await Http.PostAsync(new Uri("/api/v1/dags/mart/runs", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        await using var db = new Db(World.Db.ConnectionString) { Payloads = _payloads };
        Assert.Equal("hush", (string?)JsonNode.Parse((await new PostgresConsole(db).RunAsync(1, CancellationToken.None))!.Arguments!)!["label"]);
    }
}
