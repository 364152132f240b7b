namespace Pipelines.Web.Tests;

/// <summary>What a running task tells, on its page and on that of its run.</summary>
public sealed class ValuePageTests(TestServer server) : ConsoleFixture(server)
{
    [Fact]
    public async Task Progress_and_values_are_shown_as_text_whatever_they_hold()
    {
        var log = await SampleLog.StartAsync(World);
        var url = $"/runs/{log.Key.RunId}/tasks/load";
        Assert.DoesNotContain("Progress", (await PageAsync(url)).Value, StringComparison.Ordinal);
        await TellAsync(log, 'p', "", """{"percent":75,"text":"<b>files</b> 75/100"}""");
        await TellAsync(log, 'v', "rows <i>", "\"<script>12\"");
        await TellAsync(log, 'h', "", "\"file 7\"");
        var page = await PageAsync(url);
        Assert.Contains("75 %", page.Value, StringComparison.Ordinal);
        Assert.Contains("<b>files</b> 75/100", page.Value, StringComparison.Ordinal);
        Assert.Contains(page.Descendants("rect"), rect => Of(rect, "class") == "bar s" && Of(rect, "width") == "75%");
        var table = page.Descendants("table").Single(one => Of(one, "id") == "values");
        Assert.Equal(["rows <i>", "last heartbeat"], table.Element("tbody")!.Elements("tr").Select(row => row.Element("th")!.Value));
        Assert.Contains("<script>12", table.Value, StringComparison.Ordinal);
        var run = await PageAsync($"/runs/{log.Key.RunId}?tab=tasks");
        Assert.Contains("75 % <b>files</b> 75/100", run.Value, StringComparison.Ordinal);
        await log.EndAsync('f', "boom", null);
        Assert.DoesNotContain("75 %", (await PageAsync($"/runs/{log.Key.RunId}?tab=tasks")).Value, StringComparison.Ordinal);
        Assert.Contains("75 %", (await PageAsync(url)).Value, StringComparison.Ordinal);
    }

    private Task TellAsync(SampleLog log, char kind, string name, string json) => World.ExecuteAsync(
        """
        insert into task_value select run_id, task_no, map_index, $2::"char", $3, first_started_at, attempt, clock_timestamp(), $4::jsonb
        from task_instance where run_id = $1 and task_no = 0
        """, log.Key.RunId, kind.ToString(), name, json);
}
