namespace Pipelines.Web.Access;

/// <summary>What somebody may do; each may all that the one before may.</summary>
public enum Role
{
    /// <summary>Sees DAGs, runs and logs.</summary>
    Viewer = 1,

    /// <summary>Starts, stops, clears and marks runs and backfills, pauses DAGs.</summary>
    Operator = 2,

    /// <summary>Everything: users, tokens, pools, connections and variables.</summary>
    Admin = 3,
}
