using Rowan.Cli;

using var terminal = Terminal.OfProcess();
return await App.RunAsync(args, terminal);
