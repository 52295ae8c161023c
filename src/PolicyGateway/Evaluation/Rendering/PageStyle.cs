namespace PolicyGateway.Evaluation.Rendering;

/// <summary>How the page looks: light or dark as the reader's system is, and on paper without what folds.</summary>
internal static class PageStyle
{
    public static readonly Markup Element = Markup.Of($$"""
        <style>
        :root { color-scheme: light dark; --page: #f5f6f8; --card: #ffffff; --ink: #1c2530; --muted: #5a6673; --line: #dde2e8;
          --c1: #2766c9; --c2: #c2570c; --c3: #1f8a55; --c4: #8a94a0; }
        @media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1a2028; --ink: #e6eaef; --muted: #9aa6b2; --line: #2d3642;
          --c1: #6ea8ff; --c2: #f0954f; --c3: #5cc592; --c4: #75808c; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        header, main { max-width: 1240px; margin: 0 auto; padding: 0 24px; }
        header { padding-top: 32px; }
        h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -.01em; }
        h2 { font-size: 19px; margin: 0 0 4px; }
        p { margin: 0 0 14px; max-width: 78ch; color: var(--muted); }
        code { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--ink); }
        nav { display: flex; flex-wrap: wrap; gap: 4px 16px; padding-bottom: 16px; border-bottom: 1px solid var(--line); }
        nav a { color: var(--c1); text-decoration: none; }
        nav a:hover, nav a:focus { text-decoration: underline; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px 22px; margin: 18px 0; }
        .tiles { background: none; border: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); gap: 12px; }
        .tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; display: flex; flex-direction: column; }
        .tile span { color: var(--muted); font-size: 13px; }
        .tile strong { font-size: 25px; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
        .tile small { color: var(--muted); min-height: 1.5em; }
        .warning { border-left: 4px solid var(--c2); padding-left: 12px; color: var(--ink); }
        .small { font-size: 13px; }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 8px 28px; align-items: start; }
        figure { margin: 0 0 12px; max-width: 720px; }
        figcaption { color: var(--muted); font-size: 13px; display: flex; flex-wrap: wrap; gap: 4px 18px; padding-left: 10%; }
        .key i { display: inline-block; width: 14px; height: 4px; border-radius: 2px; margin-right: 6px; vertical-align: middle; }
        .b1 { background: var(--c1); } .b2 { background: var(--c2); } .b3 { background: var(--c3); } .b4 { background: var(--c4); }
        svg { width: 100%; height: auto; display: block; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
        svg text { fill: var(--muted); } svg .axis { font-size: 12.5px; } svg .strong { fill: var(--ink); font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 5px; }
        .grid { stroke: var(--line); stroke-width: 1; } .guide { stroke: var(--muted); stroke-width: 1.2; stroke-dasharray: 5 4; }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round; } .whisker { stroke-width: 1.4; opacity: .65; } .move { stroke-width: 2; opacity: .7; }
        .interval { stroke: var(--ink); stroke-width: 1.4; opacity: .75; } .was { fill: var(--card); stroke-width: 1.6; } .note { stroke: var(--card); stroke-width: 2; }
        .s1 { stroke: var(--c1); } .s2 { stroke: var(--c2); } .s3 { stroke: var(--c3); } .s4 { stroke: var(--c4); }
        .f1 { fill: var(--c1); } .f2 { fill: var(--c2); } .f3 { fill: var(--c3); } .f4 { fill: var(--c4); }
        .scroll { overflow-x: auto; margin: 0 0 12px; }
        table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; width: 100%; }
        caption { text-align: left; color: var(--muted); padding: 4px 0 6px; }
        th, td { padding: 5px 8px; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
        thead th { color: var(--muted); font-weight: 500; white-space: normal; vertical-align: bottom; }
        th:first-child { text-align: left; font-weight: 500; }
        td small { display: block; color: var(--muted); font-size: 11px; }
        details caption { display: none; }
        summary { cursor: pointer; font-weight: 600; padding: 6px 0; }
        @media print { body { background: none; } section { break-inside: avoid; border: 0; padding: 0; } nav { display: none; } }
        </style>

        """);
}
