using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Pipelines.Web.Hosting;

/// <summary>All URLs of pages in one place.</summary>
internal static class Routes
{
    private const string Task = "/runs/{run:long}/tasks/{task}";
    private const string Instance = Task + "/{map:int}";

    public static void Add(RazorPagesOptions options)
    {
        Add(options.Conventions, "/Index", "/");
        Add(options.Conventions, "/Search", "/search");
        Add(options.Conventions, "/Schedule", "/schedule");
        Add(options.Conventions, "/Dags/List", "/dags");
        Add(options.Conventions, "/Dags/Grid", "/dags/{dag}");
        Add(options.Conventions, "/Dags/Graph", "/dags/{dag}/graph");
        Add(options.Conventions, "/Dags/Calendar", "/dags/{dag}/calendar");
        Add(options.Conventions, "/Dags/Tasks", "/dags/{dag}/tasks");
        Add(options.Conventions, "/Dags/Task", "/dags/{dag}/tasks/{task}");
        Add(options.Conventions, "/Dags/Versions", "/dags/{dag}/versions");
        Add(options.Conventions, "/Dags/Version", "/dags/{dag}/versions/{version:int}");
        Add(options.Conventions, "/Dags/Events", "/dags/{dag}/events");
        Add(options.Conventions, "/Dags/Details", "/dags/{dag}/details");
        Add(options.Conventions, "/Dags/Trigger", "/dags/{dag}/trigger");
        Add(options.Conventions, "/Runs/List", "/runs", "/dags/{dag}/runs");
        Add(options.Conventions, "/Runs/Run", "/runs/{run:long}");
        Add(options.Conventions, "/Runs/Task", Task, Instance);
        Add(options.Conventions, "/Runs/Log", Task + "/log", Instance + "/log");
        Add(options.Conventions, "/Runs/Artefact", Task + "/artefacts/{**name}", Instance + "/artefacts/{**name}");
        Add(options.Conventions, "/Approvals", "/approvals", "/approvals/{run:long}/{task}", "/approvals/{run:long}/{task}/{map:int}");
        Add(options.Conventions, "/Backfills/List", "/backfills");
        Add(options.Conventions, "/Backfills/New", "/backfills/new");
        Add(options.Conventions, "/Backfills/Show", "/backfills/{backfill:long}");
        Add(options.Conventions, "/Operate/Workers", "/workers");
        Add(options.Conventions, "/Operate/Pools", "/pools");
        Add(options.Conventions, "/Operate/Queue", "/queue");
        Add(options.Conventions, "/Operate/Errors", "/errors");
        Add(options.Conventions, "/Login", "/login");
        Add(options.Conventions, "/Logout", "/logout");
        Add(options.Conventions, "/Configure/Settings", "/settings");
        Add(options.Conventions, "/Configure/Users", "/users");
        Add(options.Conventions, "/Configure/Keep", "/connections", "/variables");
        Add(options.Conventions, "/Operate/Assets", "/assets");
        Add(options.Conventions, "/Operate/Asset", "/assets/{**asset}");
        Add(options.Conventions, "/Operate/Notifications", "/notifications");
        Add(options.Conventions, "/Operate/Audit", "/audit");
        Add(options.Conventions, "/Operate/Health", "/health/ui");
        Add(options.Conventions, "/Problem", "/problem");
        Add(options.Conventions, "/Missing", "/missing");
    }

    /// <summary>Replaces the route that the page's file name would give.</summary>
    private static void Add(PageConventionCollection conventions, string page, params string[] routes) =>
        conventions.AddPageRouteModelConvention(page, model =>
        {
            model.Selectors.Clear();
            foreach (var route in routes)
                model.Selectors.Add(new SelectorModel { AttributeRouteModel = new AttributeRouteModel { Template = route.TrimStart('/') } });
        });
}
