using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Tests;

namespace Pipelines.Web.Tests;

/// <summary>The list of pictures that tests/shots takes.</summary>
public sealed class ShotListTests(TestServer server) : ConsoleFixture(server)
{
    [Fact]
    public void No_page_is_forgotten()
    {
        var pages = Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<PageActionDescriptor>() is not null).Select(endpoint => endpoint.RoutePattern.RawText!).Distinct();
        Assert.Equal(pages.Except(Shots.Files).Order(), Shots.All.Append(Shots.Lost).Select(shot => shot.Route).Distinct().Order());
    }

    [Fact]
    public void Each_picture_has_a_file_of_its_own() =>
        Assert.Equal(Shots.All.Append(Shots.Lost).Select(shot => shot.Name).Distinct().Count(), Shots.All.Length + 1);
}
