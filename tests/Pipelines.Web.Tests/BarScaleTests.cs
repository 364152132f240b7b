using Pipelines.Web.Pages.Operate;
using Pipelines.Web.Views;

namespace Pipelines.Web.Tests;

public sealed class BarScaleTests
{
    [Theory]
    [InlineData(new double[0], 0.001)]
    [InlineData(new[] { 7.0 }, 7)]
    [InlineData(new[] { 1.0, 2, 3 }, 3)]
    [InlineData(new[] { 1.0, 1, 1, 1, 500 }, 4)]
    [InlineData(new[] { 0.0, 0, 9 }, 0.001)]
    public void One_long_run_does_not_flatten_the_others(double[] lengths, double top) => Assert.Equal(top, BarScale.Top(lengths));

    [Theory]
    [InlineData(60, "1 min")]
    [InlineData(61, "1 min 1 s")]
    [InlineData(86400, "1 d")]
    [InlineData(90000, "1 d 1 h")]
    [InlineData(3600, "1 h")]
    public void A_length_leaves_out_what_is_nothing(int seconds, string text) => Assert.Equal(text, Times.Length(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("""{"paused": false, "tags": ["a"]}""", """{"paused": true, "tags": ["a"]}""", "paused: false", "paused: true")]
    [InlineData("""{"a": 1}""", """{"a": 1}""", null, null)]
    [InlineData(null, """{"a": 1}""", null, """{"a": 1}""")]
    [InlineData("7", "8", "7", "8")]
    [InlineData("""{"a": "é<"}""", """{"b": null}""", "a: \"é<\"", "b: null")]
    public void Of_two_objects_the_audit_log_shows_what_differs(string? before, string? after, string? was, string? then) =>
        Assert.Equal((was, then), AuditModel.Changed(before, after));
}
