import { Command, CommanderError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import type { ResendOptions } from './commands/deliveries-resend.js';
import type { MuteOptions } from './commands/mute.js';
import { duration, moment, momentOrClock, names, port, positive, states } from './main/words.js';
import { DELIVERY_STATES } from './model/delivery.js';
import { INTERVALS } from './model/interval.js';
import { MARKETS } from './model/series.js';

/*
 * Reads the command line, starts one command, and sets the exit code it gives:
 * 0 done · 64 wrong usage · 65 a recording cannot be used · 69 the port is taken · 73 an output file cannot be made ·
 * 74 the store cannot be used · 75 the store is in use by another process · 78 wrong settings, or a store of a newer program · 1 a bug.
 */

/** `EX_USAGE` of sysexits.h. */
const EXIT_USAGE = 64;

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const configOption = (): Option =>
  new Option('-c, --config <file>', 'settings file (else CONFIG_PATH, else config/default.yaml)');
const setOption = (): Option =>
  new Option('--set <path=value>', 'set one setting, such as pipeline.cooldown=1h; may be repeated').argParser(collect);

/** What all questions to the recorded decisions take. */
const asking = (command: Command): Command =>
  command
    .addOption(new Option('--rule <rule>', 'only the verdicts of this rule'))
    .addOption(new Option('--interval <interval>', 'only bars of this length').choices(INTERVALS))
    .addOption(new Option('--market <market>', 'only this market').choices(MARKETS))
    .option('--json', 'one JSON object a line instead of text')
    .option('--ring <folder>', 'folder of the recorded decisions (else the one that the settings name)')
    .addOption(configOption())
    .addOption(setOption());

const askingOfSymbol = (command: Command): Command =>
  asking(command)
    .argument('<symbol>', 'such as BTCUSDT')
    .argument('[time]', 'the last close by then, such as 2025-10-10T20:15:00Z or 20:15 (UTC); else the newest', momentOrClock);

/** What all questions about deliveries take. */
const askingDeliveries = (command: Command): Command =>
  command
    .option('--since <time>', 'only alerts decided within so long, such as 1h (else everything that is kept)', duration)
    .option('--symbol <symbol>', 'only alerts of this symbol, such as BTCUSDT')
    .option('--sink <name>', 'only deliveries to this sink')
    .option('--json', 'one JSON object a line instead of text')
    .addOption(configOption())
    .addOption(setOption());

/** What a command's module makes of its options; it may take minutes or days, and gives the exit code. */
type Act<Options> = (options: Options & { readonly env: NodeJS.ProcessEnv }) => Promise<number>;

/** Loads the command's module only when it is asked for. */
const acts =
  <Options extends object>(load: () => Promise<Act<Options>>) =>
  async (options: Options): Promise<void> => {
    const act = await load();
    // A default of the option itself would be shown in the help.
    process.exitCode = await act({ set: [], ...options, env: process.env });
  };

/** The same for a command that is asked about a symbol, at a time or now. */
const actsOnSymbol =
  <Options extends object>(
    load: () => Promise<Act<Options & { readonly symbol: string; readonly time: number | string | undefined }>>,
  ) =>
  (symbol: string, time: number | string | undefined, options: Options): Promise<void> =>
    acts(load)({ ...options, symbol, time });

const program = (): Command => {
  const main = new Command('binance-momentum-monitor')
    .description('Watches Binance and says when something unusual has moved. Without a command it runs the monitor.')
    .version(packageJson.version)
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)')
    // A command below a command has options of the same names.
    .enablePositionalOptions()
    .configureHelp({ sortSubcommands: false, sortOptions: false });
  main
    .command('run')
    .description('run the monitor (this is also what happens without a command)')
    .addOption(configOption())
    .addOption(setOption())
    .action(acts(async () => (await import('./commands/run.js')).run));
  main
    .command('demo')
    .description('the whole product without network and key: recorded bars, a simulated Binance and a simulated Discord')
    .option('--speed <n>', 'market seconds per second', positive)
    .option('--seconds <n>', 'end after so many seconds', positive)
    .option('--store <folder>', 'keep the store there instead of in a temporary folder')
    .action(acts(async () => (await import('./commands/demo.js')).demo));
  main
    .command('simulate')
    .description('the simulated Binance and Discord alone')
    .requiredOption('--port <n>', 'port to listen on, on this machine only', port)
    .option('--speed <n>', 'market seconds per second', positive)
    .option('--recordings <folder>', 'recorded bars to play')
    .option('--synthetic <n>', 'made-up bars of so many symbols instead', positive)
    .option('--proxy', 'let clients come through a proxy whose links can be spoilt')
    .option('--start <time>', 'where in the recordings to begin', moment)
    .addOption(new Option('--interval <interval>', 'bar length to play').choices(INTERVALS))
    .action(acts(async () => (await import('./commands/simulate.js')).simulate));
  main
    .command('replay')
    .description('recorded bars through the same pipeline, as fast as the machine allows')
    .addOption(configOption())
    .requiredOption('--bars <path...>', 'files or folders of recorded bars (CSV, also gzipped)')
    .option('--alerts <file>', 'write every fired verdict there, one JSON object a line')
    .option('--readings <file>', 'write every reading there, one JSON object a line')
    .option('--measures <names>', 'only these measures in the readings, such as atr14,m_1', names)
    .addOption(new Option('--market <market>', 'market of files whose folder does not say it').choices(MARKETS))
    .addOption(setOption())
    .action(acts(async () => (await import('./commands/replay.js')).replay));
  main
    .command('check')
    .description('say whether the settings are valid, or everything that is wrong with them')
    .option(
      '--route <facts...>',
      'say where an alert would go, such as symbol=BTCUSDT strength=7 interval=15m at=2026-08-06T22:30:00Z',
    )
    .option('--timeline', 'also show, on a move that is made up, how alerts are grouped into messages')
    .addOption(configOption())
    .addOption(setOption())
    .action(acts(async () => (await import('./commands/check.js')).check));
  main
    .command('doctor')
    .description('look at everything the monitor depends on, and say what is wrong and what would help')
    .addOption(configOption())
    .addOption(setOption())
    .option('--send-test', 'also post a test message to each sink that is not the terminal')
    .action(acts(async () => (await import('./commands/doctor.js')).doctor));
  main
    .command('universe')
    .description('which symbols would be followed now, and what each filter removes')
    .addOption(configOption())
    .addOption(setOption())
    .option('--json', 'the same as JSON')
    .action(acts(async () => (await import('./commands/universe.js')).universe));
  askingOfSymbol(main.command('explain'))
    .description('everything that went into a recorded decision: inputs, values, thresholds, verdicts, what withheld it')
    .action(actsOnSymbol(async () => (await import('./commands/explain.js')).explain));
  askingOfSymbol(main.command('why-not'))
    .description('why there was no alert: the conditions that failed and by how much, or what withheld it')
    .action(actsOnSymbol(async () => (await import('./commands/why-not.js')).whyNot));
  asking(main.command('nearest'))
    .description('the ten verdicts of the last recorded day that came nearest to an alert')
    .action(acts(async () => (await import('./commands/nearest.js')).nearest));
  const deliveries = askingDeliveries(main.command('deliveries'))
    .description('what became of each alert with each sink, with every send; also while the monitor runs')
    .enablePositionalOptions()
    .option('--state <states>', `only some of ${DELIVERY_STATES.join(', ')}`, states)
    .action(acts(async () => (await import('./commands/deliveries.js')).deliveries));
  deliveries
    .command('verify')
    .description('compare what was to be told with what is recorded: lost, duplicated, unexpected, recovered; 1 when one is lost')
    .option('--since <time>', 'only alerts decided within so long, such as 1h', duration)
    .option('--json', 'the same as JSON')
    .addOption(configOption())
    .addOption(setOption())
    .action(acts(async () => (await import('./commands/deliveries-verify.js')).verifyDeliveries));
  askingDeliveries(deliveries.command('dead'))
    .description('deliveries that no sink has taken and none will take')
    .action(acts(async () => (await import('./commands/deliveries.js')).deadDeliveries));
  deliveries
    .command('resend')
    .argument('<id...>', 'ids of alerts, as "deliveries dead" prints them')
    .description('have dead or expired deliveries sent once more at the next start; the monitor must be stopped')
    .option('--sink <name>', 'only to this sink')
    .addOption(configOption())
    .addOption(setOption())
    .action((ids: readonly string[], options: Omit<ResendOptions, 'ids' | 'env'>) =>
      acts<Omit<ResendOptions, 'env'>>(async () => (await import('./commands/deliveries-resend.js')).resendDeliveries)({
        ...options,
        ids,
      }),
    );
  main
    .command('mute')
    .argument('[what]', 'a symbol such as BTCUSDT or BTC*, or rule:NAME')
    .argument('[duration]', 'such as 30m')
    .description('have a symbol or a rule silenced for a while; a running monitor follows within seconds')
    .option('--reason <text>', 'why, for whoever sees it')
    .option('--list', 'show what is silenced')
    .option('--lift <id>', 'end a silence')
    .addOption(configOption())
    .addOption(setOption())
    .action((what: string | undefined, forTime: string | undefined, options: object) =>
      acts<Omit<MuteOptions, 'env'>>(async () => (await import('./commands/mute.js')).mute)({
        set: [],
        ...options,
        what,
        duration: forTime,
      }),
    );
  main
    .command('schema', { hidden: true })
    .description('print the JSON Schema of the settings file')
    .action(acts(async () => (await import('./commands/schema.js')).schema));
  return main;
};

/** Without a command, `run` is meant. A default command of the parser would take every mistyped command for an argument of it. */
const withCommand = (argv: readonly string[]): readonly string[] => {
  const [first] = argv;
  const isAboutProgram = first !== undefined && ['-h', '--help', '-V', '--version'].includes(first);
  return first === undefined || (first.startsWith('-') && !isAboutProgram) ? ['run', ...argv] : argv;
};

try {
  await program().parseAsync(withCommand(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  else {
    process.stderr.write(`this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  }
}
