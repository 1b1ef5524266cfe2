namespace Rowan.Search;

/// <summary>A row of the table.</summary>
/// <param name="Workload">What was measured.</param>
/// <param name="PeerName">What Rowan is compared with.</param>
/// <param name="Peer">The peer's figure.</param>
/// <param name="Own">Rowan's figure.</param>
/// <param name="Unit">The unit of both.</param>
/// <param name="Goal">The ratio to reach.</param>
/// <param name="Ratio">How much better Rowan is: higher is better.</param>
sealed record Result(string Workload, string PeerName, double Peer, double Own, string Unit, double Goal, double Ratio);
