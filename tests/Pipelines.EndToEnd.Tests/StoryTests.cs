using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Pipelines.EndToEnd.Tests;

/// <summary>The sample dags/Registration told end to end, with a partner over HTTP, and the server killed wherever the story stands.</summary>
public sealed class StoryTests
{
    [Fact]
    public async Task A_registration_goes_on_wherever_the_server_is_killed_and_picks_up_two_steps_while_it_waits()
    {
        await using var at = new TemporaryHome();
        using var partner = new Partner(loses: 1);
        await using var story = await Story.BeginAsync(at, partner);
        await story.DropAsync(1);
        await story.DoAsync("runs start registration --arg name=Ada --arg amount=90000 --arg answerWithin=00:00:20 --arg coolDown=00:00:04");

        await at.UntilAsync("the partner has lost the first application", () => partner.Asked.Count == 1);
        await story.KillAsync();
        await at.UntilAsync("the partner was asked again, and answers", () => partner.Asked.Count == 2);
        Assert.NotEqual(partner.Asked[0], partner.Asked[1]);
        await at.UntilAsync("a person is asked", async () => await story.CountAsync("select count(*) from approval where state = 'a'") == 1);
        await story.KillAsync();
        Assert.Equal(HttpStatusCode.OK, await partner.AnswerAgainAsync());
        Assert.Equal(1, await story.CountAsync("select count(*) from signal"));

        await story.DropAsync(2);
        await at.UntilAsync("the run has the two steps", async () => await story.CountAsync("select count(*) from task_instance t join dag_run r using (run_id) join dag_task k on k.version_id = r.version_id and k.task_no = t.task_no where k.task_id in ('assign_adviser', 'introduce')") == 2);
        await story.KillAsync();
        (await at.RunAsync("approvals", "approve", await story.RunIdAsync(), "decide_terms", "--form", "{\"granted\":6000}", "--why", "fine")).Succeeded();
        await at.UntilAsync("the customer thinks it over", async () => await story.CountAsync("select count(*) from timer join dag_run using (run_id) join dag using (dag_no) where dag_id = 'registration'") == 1);
        await story.KillAsync();
        await at.UntilAsync("it has ended", async () => await story.CountAsync("select count(*) from dag_run join dag using (dag_no) where dag_id = 'registration' and state not in ('q', 'r')") == 1);
        Assert.Equal(
            "assign_adviser:s compare:s decide_terms:s grant:s grant.revoke:k introduce:s open_account:s open_account.close_account:k rate:s rate.withdraw_rating:k think_it_over:s welcome:s", await story.StatesAsync());
        Assert.Equal(2, partner.Asked.Count);
    }

    [Fact]
    public async Task A_rejection_undoes_what_was_done_although_the_server_is_killed_in_the_middle()
    {
        await using var at = new TemporaryHome();
        using var partner = new Partner(loses: 0);
        await using var story = await Story.BeginAsync(at, partner);
        await story.DropAsync(1);
        await story.DoAsync("runs start registration --arg amount=90000");
        await at.UntilAsync("a person is asked", async () => await story.CountAsync("select count(*) from approval where state = 'a'") == 1);
        partner.Refuses = true;
        await story.DoAsync($"approvals reject {await story.RunIdAsync()} decide_terms --why no");
        await at.UntilAsync("the partner refuses to withdraw", () => partner.Withdrawn > 0);
        await story.KillAsync();
        partner.Refuses = false;
        await at.UntilAsync("it has ended", async () => await story.CountAsync("select count(*) from dag_run join dag using (dag_no) where dag_id = 'registration' and state = 'f'") == 1);
        Assert.Equal("compare:s decide_terms:f grant:u grant.revoke:k open_account:s open_account.close_account:s rate:s rate.withdraw_rating:s think_it_over:u welcome:u", await story.StatesAsync());
        Assert.Equal("rate.withdraw_rating open_account.close_account", await story.TextAsync(
            "select string_agg(k.task_id, ' ' order by e.event_id) from event e join dag_run r using (run_id) join dag_task k on k.version_id = r.version_id and k.task_no = e.task_no where e.to_state = 's' and k.trigger_rule = 17"));
    }

    /// <summary>An `up` that is killed and started again on the same port, as a supervisor does.</summary>
    private sealed class Story(TemporaryHome at, string port) : IAsyncDisposable
    {
        private Running _up = null!;
        private Store? _store;

        public static async Task<Story> BeginAsync(TemporaryHome at, Partner partner)
        {
            at.Environment["PARTNER_URL"] = partner.Address;
            var story = new Story(at, $"{Partner.FreePort()}");
            await story.StartAsync();
            return story;
        }

        public async Task KillAsync()
        {
            _up.Kill();
            await _up.EndAsync();
            await StartAsync();
        }

        public async Task DropAsync(int version)
        {
            var target = Directory.CreateDirectory(Path.Combine(at.Dags, "Registration")).FullName;
            foreach (var file in Directory.EnumerateFiles(Built.Fixture($"Registration{version}")))
                File.Copy(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
            await at.UntilAsync($"version {version} is loaded", async () => await CountAsync("select count(*) from dag_version v join dag d using (dag_no) where d.dag_id = 'registration' and v.version_id = d.version_id and v.n_tasks = $1", version == 1 ? 10 : 12) == 1);
        }

        public async Task DoAsync(string command) => (await at.RunAsync([.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(command)])).Succeeded();

        public Task<long> CountAsync(string sql, params object[] values) => _store!.CountAsync(sql, values);

        public async Task<string> RunIdAsync() => (await CountAsync("select run_id from dag_run join dag using (dag_no) where dag_id = 'registration'")).ToString(System.Globalization.CultureInfo.InvariantCulture);

        public Task<string> TextAsync(string sql) => _store!.TextAsync(sql);

        public Task<string> StatesAsync() => TextAsync(
            "select string_agg(k.task_id || ':' || t.state::text, ' ' order by k.task_id collate \"C\") from task_instance t join dag_run r using (run_id) join dag_task k on k.version_id = r.version_id and k.task_no = t.task_no join dag d on d.dag_no = r.dag_no where d.dag_id = 'registration'");

        public async ValueTask DisposeAsync()
        {
            if (_store is not null)
                await _store.DisposeAsync();
        }

        private async Task StartAsync()
        {
            await DisposeAsync();
            _up = at.Start("up", "--port", port, "--dags", at.Dags);
            _store = new Store((await UpFile.ReadyAsync(at, _up)).Database);
        }
    }

    /// <summary>Takes applications over HTTP, and calls back: all but the first few, which it loses.</summary>
    private sealed class Partner : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly HttpClient _client = new();
        private readonly int _loses;

        public Partner(int loses)
        {
            _loses = loses;
            Address = $"http://127.0.0.1:{FreePort()}/";
            _listener.Prefixes.Add(Address);
            _listener.Start();
            _ = ServeAsync();
        }

        public string Address { get; }

        /// <summary>The addresses that it was given.</summary>
        public List<string> Asked { get; } = [];

        /// <summary>How often it was asked to withdraw what it said.</summary>
        public int Withdrawn { get; private set; }

        public bool Refuses { get; set; }

        public static int FreePort()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        public async Task<HttpStatusCode> AnswerAgainAsync()
        {
            using var answer = await AnswerAsync(Asked[^1]);
            return answer.StatusCode;
        }

        public void Dispose()
        {
            _listener.Close();
            _client.Dispose();
        }

        private async Task ServeAsync()
        {
            while (_listener.IsListening)
            {
                HttpListenerContext context;
                try
                {
                    context = await _listener.GetContextAsync();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
                {
                    return;
                }

                using var reader = new StreamReader(context.Request.InputStream);
                var body = await reader.ReadToEndAsync();
                context.Response.StatusCode = Refuses ? 503 : 202;
                context.Response.Close();
                if (context.Request.HttpMethod == "DELETE")
                    Withdrawn++;
                else
                    Take(body);
            }
        }

        private void Take(string body)
        {
            using var application = JsonDocument.Parse(body);
            var url = application.RootElement.GetProperty("callback").GetString()!;
            Asked.Add(url);
            if (Asked.Count > _loses)
                _ = UntilTakenAsync(url);
        }

        /// <summary>Whoever is not there is called again.</summary>
        private Task UntilTakenAsync(string url) => Deadline.UntilAsync(
            "somebody takes the answer",
            async () =>
            {
                try
                {
                    using var answer = await AnswerAsync(url);
                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            () => url);

        private Task<HttpResponseMessage> AnswerAsync(string url) => _client.PostAsync(new Uri(url), new StringContent("{\"score\": 700, \"limit\": 5600}", Encoding.UTF8, "application/json"));
    }
}
